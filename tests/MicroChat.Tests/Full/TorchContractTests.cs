using MicroChat.Model.Decoding;
using MicroChat.Tests.Decoding.Contract;
using MicroChat.Torch;

namespace MicroChat.Tests.Full;

/// <summary>What the contract's tests ask of the decoders on TorchSharp, and where they run.</summary>
internal static class TorchUnderTest
{
    public static IComputeBackend NewBackend(string device)
    {
        if (device != "cpu" && TorchPlace.Cards == 0)
        {
            Assert.Skip("There is no card that TorchSharp can use.");
        }
        return new TorchBackend(TorchPlace.Choose(device, TorchPrecision.Float32));
    }

    public static ParameterBlock GradientsOf(ITrainableDecoder decoder, ParameterBlock weights) => ((TorchTrainableDecoder)decoder).GradientsOf(weights);

    public static void Clear(ITrainableDecoder decoder, ParameterBlock weights) => ((TorchTrainableDecoder)decoder).ClearGradients(weights);
}

/// <inheritdoc/>
public class TorchTrainingTests : TrainingContract
{
    protected virtual string Device => "cpu";

    protected override IComputeBackend NewBackend() => TorchUnderTest.NewBackend(Device);

    protected override ParameterBlock GradientsOf(ITrainableDecoder decoder, ParameterBlock weights) => TorchUnderTest.GradientsOf(decoder, weights);

    protected override void ClearGradients(ITrainableDecoder decoder, ParameterBlock weights) => TorchUnderTest.Clear(decoder, weights);
}

/// <inheritdoc/>
public sealed class TorchTrainingOnCudaTests : TorchTrainingTests
{
    protected override string Device => "cuda:0";
}

/// <inheritdoc/>
public class TorchAdapterTests : AdapterContract
{
    protected virtual string Device => "cpu";

    protected override IComputeBackend NewBackend() => TorchUnderTest.NewBackend(Device);

    protected override ParameterBlock GradientsOf(ITrainableDecoder decoder, ParameterBlock weights) => TorchUnderTest.GradientsOf(decoder, weights);

    protected override void ClearGradients(ITrainableDecoder decoder, ParameterBlock weights) => TorchUnderTest.Clear(decoder, weights);
}

/// <inheritdoc/>
public sealed class TorchAdapterOnCudaTests : TorchAdapterTests
{
    protected override string Device => "cuda:0";
}

/// <inheritdoc/>
public class TorchServingTests : ServingContract
{
    protected virtual string Device => "cpu";

    protected override IComputeBackend NewBackend() => TorchUnderTest.NewBackend(Device);

    protected override ParameterBlock GradientsOf(ITrainableDecoder decoder, ParameterBlock weights) => TorchUnderTest.GradientsOf(decoder, weights);

    protected override void ClearGradients(ITrainableDecoder decoder, ParameterBlock weights) => TorchUnderTest.Clear(decoder, weights);
}

/// <inheritdoc/>
public sealed class TorchServingOnCudaTests : TorchServingTests
{
    protected override string Device => "cuda:0";
}
