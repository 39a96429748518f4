using System.Runtime.InteropServices;

namespace MicroChat.Torch;

/// <summary>Numbers on their way between the process's memory and a device.</summary>
internal static class Tensors
{
    /// <summary>The float32 numbers of a contiguous tensor in the process's own memory.</summary>
    public static Span<float> Floats(Tensor onCpu) => MemoryMarshal.Cast<byte, float>(onCpu.bytes);

    /// <summary>Copies numbers to a tensor of as many elements, converting to its format.</summary>
    public static void Upload(ReadOnlySpan<float> source, Tensor target)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor staged = torch.empty([source.Length], ScalarType.Float32);
        source.CopyTo(Floats(staged));
        target.copy_(staged);
    }

    /// <summary>Copies a tensor's numbers out, converted to float32.</summary>
    public static void Download(Tensor source, Span<float> target)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor staged = source.detach().to(ScalarType.Float32).cpu().contiguous();
        Floats(staged).CopyTo(target);
    }

    /// <summary>Indices on a device.</summary>
    public static Tensor Indices(ReadOnlySpan<int> values, torch.Device device)
    {
        long[] wide = new long[values.Length];
        for (int i = 0; i < wide.Length; i++)
        {
            wide[i] = values[i];
        }
        return torch.tensor(wide, device: device);
    }

    /// <summary>Keeps a tensor beyond all scopes: its owner disposes it.</summary>
    public static Tensor Keep(Tensor tensor) => tensor.DetachFromDisposeScope();
}
