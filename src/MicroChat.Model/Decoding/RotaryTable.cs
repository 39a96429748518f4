using MicroChat.Kernels;

namespace MicroChat.Model.Decoding;

/// <summary>Cosines and sines of the rotary embedding for the tokens of a step; grows with the longest position seen.</summary>
internal sealed class RotaryTable(DecoderConfig config)
{
    private readonly int _half = config.HeadSize / 2;
    private readonly bool _dependsOnLength = RotaryFrequencies.For(config, 1).DependsOnLength;
    private float[] _cos = [];
    private float[] _sin = [];
    private int _positions;

    /// <summary>(rows, D/2).</summary>
    public ReadOnlySpan<float> Cos => _cos.AsSpan(0, _positions * _half);

    /// <summary>(rows, D/2).</summary>
    public ReadOnlySpan<float> Sin => _sin.AsSpan(0, _positions * _half);

    /// <summary>Counts the times that the tables were written, for a copy elsewhere.</summary>
    public int Version { get; private set; }

    /// <summary>
    /// Fills <paramref name="rows"/> with the table row of every token: sequence b's tokens stand at positions past[b], past[b] + 1 …
    /// Frequencies that depend on the length are those of the sequence's length after the step.
    /// </summary>
    public void Prepare(ReadOnlySpan<int> rowStarts, ReadOnlySpan<int> past, Span<int> rows)
    {
        if (_dependsOnLength)
        {
            PrepareByLength(rowStarts, past, rows);
            return;
        }
        int longest = 0;
        for (int b = 0; b < past.Length; b++)
        {
            int count = rowStarts[b + 1] - rowStarts[b];
            for (int t = 0; t < count; t++)
            {
                rows[rowStarts[b] + t] = past[b] + t;
            }
            longest = Math.Max(longest, past[b] + count);
        }
        if (longest > _positions)
        {
            longest = Math.Max(longest, 2 * _positions); // doubling: a long reply grows the table a few times only
            Grow(longest);
            Fill(RotaryFrequencies.For(config, longest), 0, 0, longest);
        }
    }

    private void PrepareByLength(ReadOnlySpan<int> rowStarts, ReadOnlySpan<int> past, Span<int> rows)
    {
        Grow(rowStarts[^1]);
        for (int b = 0; b < past.Length; b++)
        {
            int count = rowStarts[b + 1] - rowStarts[b];
            Fill(RotaryFrequencies.For(config, past[b] + count), past[b], rowStarts[b], count);
            for (int t = rowStarts[b]; t < rowStarts[b + 1]; t++)
            {
                rows[t] = t;
            }
        }
    }

    private void Grow(int positions)
    {
        _positions = Math.Max(positions, _positions);
        if (_cos.Length < _positions * _half)
        {
            Array.Resize(ref _cos, _positions * _half);
            Array.Resize(ref _sin, _positions * _half);
        }
    }

    private void Fill(RotaryFrequencies frequencies, int firstPosition, int firstRow, int count)
    {
        Version++;
        Rope.FillTable(
            frequencies.InverseFrequencies, frequencies.Scale, firstPosition,
            _cos.AsSpan(firstRow * _half, count * _half), _sin.AsSpan(firstRow * _half, count * _half));
    }
}
