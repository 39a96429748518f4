using MicroChat.Model.Decoding;

namespace MicroChat.Torch;

/// <summary>
/// A block of parameters on the device, laid out as its original in the process's memory: what <see cref="ParameterBlock"/> knows of names,
/// shapes and places holds here too.
/// </summary>
internal sealed class DeviceBlock : IDisposable
{
    public DeviceBlock(ParameterBlock original, TorchPlace place)
    {
        (Original, Place) = (original, place);
        Numbers = Tensors.Keep(torch.zeros([original.Tensors.Length], place.Number, place.Device));
        Upload();
    }

    public ParameterBlock Original { get; }

    public TorchPlace Place { get; }

    /// <summary>All parameters in the number format in which passes compute.</summary>
    public Tensor Numbers { get; }

    /// <summary>Gradients, moments and float32 master weights; null while the block does not learn.</summary>
    public DeviceTraining? Training { get; private set; }

    /// <summary>Gives the block what it takes to learn; without effect when it has that.</summary>
    public DeviceTraining Learn() => Training ??= new DeviceTraining(this);

    /// <summary>Takes over the original's numbers.</summary>
    public void Upload() => Upload(Original, Training?.Master ?? Numbers);

    /// <summary>Brings the numbers into the original.</summary>
    public void Download() => Download(Training?.Master ?? Numbers, Original);

    /// <summary>A tensor of the block, which nobody else owns.</summary>
    public Tensor View(long offset, params long[] shape) => Tensors.Keep(ViewOf(Numbers, offset, shape));

    public void Dispose()
    {
        Training?.Dispose();
        Numbers.Dispose();
    }

    /// <summary>Part of a flat tensor in a shape.</summary>
    internal static Tensor ViewOf(Tensor flat, long offset, long[] shape)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using IDisposable plain = torch.no_grad();
        return flat.narrow(0, offset, shape.Aggregate(1L, (product, size) => product * size)).view(shape).MoveToOuterDisposeScope();
    }

    /// <summary>Copies every tensor of a block to the same place of a flat one.</summary>
    internal void Upload(ParameterBlock source, Tensor flat)
    {
        using IDisposable plain = torch.no_grad();
        foreach (Parameter parameter in source.Parameters)
        {
            using Tensor part = ViewOf(flat, parameter.Offset, [parameter.Length]);
            Tensors.Upload(source[parameter], part);
        }
        if (Training is not null && ReferenceEquals(flat, Training.Master))
        {
            Training.Spread();
        }
    }

    /// <summary>Copies every tensor of a flat one to its place in a block.</summary>
    internal static void Download(Tensor flat, ParameterBlock target)
    {
        using IDisposable plain = torch.no_grad();
        foreach (Parameter parameter in target.Parameters)
        {
            using Tensor part = ViewOf(flat, parameter.Offset, [parameter.Length]);
            Tensors.Download(part, target[parameter]);
        }
    }
}
