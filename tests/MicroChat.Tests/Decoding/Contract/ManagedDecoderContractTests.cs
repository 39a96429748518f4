using MicroChat.Model.Decoding;

namespace MicroChat.Tests.Decoding.Contract;

/// <summary>What the contract's tests ask of the managed decoders.</summary>
internal static class Managed
{
    public static ParameterBlock GradientsOf(ITrainableDecoder decoder, ParameterBlock weights)
    {
        ParameterBlock gradients = Sum(decoder, weights), copy = gradients.NewLike();
        foreach (Parameter parameter in gradients.Parameters)
        {
            gradients[parameter].CopyTo(copy[parameter]);
        }
        return copy;
    }

    public static void Clear(ITrainableDecoder decoder, ParameterBlock weights) => Sum(decoder, weights).Clear();

    private static ParameterBlock Sum(ITrainableDecoder decoder, ParameterBlock weights)
    {
        var managed = (TrainableDecoder)decoder;
        return ReferenceEquals(weights, managed.Weights) ? managed.Gradients : managed.Adapter!.Training!.Gradients;
    }
}

/// <inheritdoc/>
public sealed class ManagedTrainingTests : TrainingContract
{
    protected override IComputeBackend NewBackend() => new ManagedBackend(Crew);

    protected override ParameterBlock GradientsOf(ITrainableDecoder decoder, ParameterBlock weights) => Managed.GradientsOf(decoder, weights);

    protected override void ClearGradients(ITrainableDecoder decoder, ParameterBlock weights) => Managed.Clear(decoder, weights);
}

/// <inheritdoc/>
public sealed class ManagedAdapterTests : AdapterContract
{
    protected override IComputeBackend NewBackend() => new ManagedBackend(Crew);

    protected override ParameterBlock GradientsOf(ITrainableDecoder decoder, ParameterBlock weights) => Managed.GradientsOf(decoder, weights);

    protected override void ClearGradients(ITrainableDecoder decoder, ParameterBlock weights) => Managed.Clear(decoder, weights);
}

/// <inheritdoc/>
public sealed class ManagedServingTests : ServingContract
{
    protected override IComputeBackend NewBackend() => new ManagedBackend(Crew);

    protected override ParameterBlock GradientsOf(ITrainableDecoder decoder, ParameterBlock weights) => Managed.GradientsOf(decoder, weights);

    protected override void ClearGradients(ITrainableDecoder decoder, ParameterBlock weights) => Managed.Clear(decoder, weights);
}
