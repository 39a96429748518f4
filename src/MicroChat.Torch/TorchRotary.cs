using MicroChat.Model.Decoding;

namespace MicroChat.Torch;

/// <summary>The rotary tables on the device, copied again when the managed ones grew or were made for other lengths.</summary>
internal sealed class TorchRotary(DecoderConfig config, torch.Device device) : IDisposable
{
    private readonly RotaryTable _table = new(config);
    private readonly long _half = config.HeadSize / 2;
    private Tensor? _cos;
    private Tensor? _sin;
    private int _version;

    /// <summary>Cosines and sines of every token of a step, (T,1,D/2) each, in float32.</summary>
    public (Tensor Cos, Tensor Sin) Prepare(ReadOnlySpan<int> rowStarts, ReadOnlySpan<int> past)
    {
        int[] rows = new int[rowStarts[^1]];
        _table.Prepare(rowStarts, past, rows);
        if (_version != _table.Version)
        {
            Dispose();
            (_cos, _sin, _version) = (Copy(_table.Cos), Copy(_table.Sin), _table.Version);
        }
        Tensor index = Tensors.Indices(rows, device);
        return (_cos!.index_select(0, index).unsqueeze(1), _sin!.index_select(0, index).unsqueeze(1));
    }

    /// <summary>Turns the pairs (i, i + D/2) of x (T,heads,D).</summary>
    public Tensor Turn(Tensor x, (Tensor Cos, Tensor Sin) angles)
    {
        Tensor wide = x.to(ScalarType.Float32), first = wide.narrow(2, 0, _half), second = wide.narrow(2, _half, _half);
        return torch.cat([first.mul(angles.Cos) - second.mul(angles.Sin), second.mul(angles.Cos) + first.mul(angles.Sin)], 2).to(x.dtype);
    }

    public void Dispose()
    {
        _cos?.Dispose();
        _sin?.Dispose();
    }

    private Tensor Copy(ReadOnlySpan<float> table) => Tensors.Keep(torch.tensor(table.ToArray(), [table.Length / _half, _half], device: device));
}
