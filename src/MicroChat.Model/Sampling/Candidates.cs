using System.Numerics;

namespace MicroChat.Model.Sampling;

/// <summary>
/// The tokens that a truncation left, by ascending id, with unnormalised weights in double precision. Every rule is "keep
/// keys at or above a floor", so every rule ends in the same compaction.
/// </summary>
internal sealed class Candidates
{
    private int[] _ids = new int[256];
    private double[] _logWeights = new double[256];
    private double[] _weights = new double[256];
    private double[] _keys = new double[256];
    private double[] _scratchKeys = new double[256];
    private double[] _scratchWeights = new double[256];

    /// <summary>Number of tokens.</summary>
    public int Count { get; private set; }

    /// <summary>Σ weights.</summary>
    public double Mass { get; private set; }

    /// <summary>Token ids, ascending.</summary>
    public ReadOnlySpan<int> Ids => _ids.AsSpan(0, Count);

    /// <summary>(logit − max) / temperature.</summary>
    public ReadOnlySpan<double> LogWeights => _logWeights.AsSpan(0, Count);

    /// <summary>exp of <see cref="LogWeights"/>.</summary>
    public ReadOnlySpan<double> Weights => _weights.AsSpan(0, Count);

    /// <summary>Takes all tokens with a logit of at least <paramref name="floor"/>, except those of minus infinity.</summary>
    public void Gather(ReadOnlySpan<float> logits, float floor, float max, double temperature)
    {
        float lowest = MathF.Max(floor, float.MinValue);
        Count = 0;
        for (int id = LogitScans.IndexOfAtLeast(logits, lowest, 0); id < logits.Length; id = LogitScans.IndexOfAtLeast(logits, lowest, id + 1))
        {
            if (Count == _ids.Length)
            {
                Grow();
            }
            _ids[Count] = id;
            _logWeights[Count++] = ((double)logits[id] - max) / temperature;
        }
        Exponentiate();
        Mass = Sum(Weights);
    }

    /// <summary>The k-th largest logit; minus infinity when fewer than k are finite.</summary>
    public float KthLargest(ReadOnlySpan<float> logits, int k)
    {
        int capacity = Math.Max(2 * k, 1_024);
        while (_scratchKeys.Length < capacity)
        {
            Grow();
        }
        double floor = double.NegativeInfinity;
        int count = 0;
        float above = float.MinValue;
        for (int id = LogitScans.IndexOfAtLeast(logits, above, 0); id < logits.Length; id = LogitScans.IndexOfAtLeast(logits, above, id + 1))
        {
            _scratchKeys[count++] = logits[id];
            if (count == capacity)
            {
                floor = KeepLargest(k, count);
                count = k;
                above = MathF.BitIncrement((float)floor);
            }
        }
        return count < k ? float.NegativeInfinity : (float)KeepLargest(k, count);
    }

    /// <summary>Top-p: keeps the heaviest tokens until they reach p of <paramref name="totalMass"/>; of equal ones the highest ids.</summary>
    public void KeepTopP(double p, double totalMass)
    {
        CopyToScratch(LogWeights);
        double floor = MassSelect.Select(_scratchKeys.AsSpan(0, Count), _scratchWeights.AsSpan(0, Count), p * totalMass, out double above);
        double weight = Math.Exp(floor);
        int tied = LogWeights.Count(floor);
        double missing = p * totalMass - above;
        int keep = weight > 0 ? (int)Math.Clamp(Math.Ceiling(missing / weight), 1, tied) : tied;
        Compact(LogWeights, floor, tied - keep);
    }

    /// <summary>Min-p: keeps weights of at least this fraction of the largest.</summary>
    public void KeepMinP(double fraction) => Compact(Weights, fraction * Largest(Weights), 0);

    /// <summary>Typical: keeps the tokens whose surprise is nearest to the entropy until they reach <paramref name="mass"/>, ties included.</summary>
    public void KeepTypical(double mass)
    {
        double logMass = Math.Log(Mass), entropy = Entropy();
        for (int i = 0; i < Count; i++)
        {
            _keys[i] = -Math.Abs(logMass - _logWeights[i] - entropy);
        }
        ReadOnlySpan<double> keys = _keys.AsSpan(0, Count);
        CopyToScratch(keys);
        double floor = MassSelect.Select(_scratchKeys.AsSpan(0, Count), _scratchWeights.AsSpan(0, Count), mass * Mass, out _);
        Compact(keys, floor, 0);
    }

    /// <summary>Epsilon: keeps probabilities of at least <paramref name="epsilon"/>, and the best.</summary>
    public void KeepEpsilon(double epsilon) => Compact(Weights, Math.Min(epsilon * Mass, Largest(Weights)), 0);

    /// <summary>Eta: as epsilon with the limit min(epsilon, √epsilon · e^−entropy).</summary>
    public void KeepEta(double epsilon) => KeepEpsilon(Math.Min(epsilon, Math.Sqrt(epsilon) * Math.Exp(-Entropy())));

    /// <summary>The token at which the cumulative weight passes <paramref name="draw"/> of the mass; index into <see cref="Ids"/>.</summary>
    public int Pick(double draw)
    {
        double target = draw * Mass, sum = 0;
        int last = 0;
        for (int i = 0; i < Count; i++)
        {
            if (_weights[i] > 0)
            {
                last = i;
                sum += _weights[i];
                if (sum > target)
                {
                    break;
                }
            }
        }
        return last;
    }

    /// <summary>Entropy of the normalised weights. Unit: nats.</summary>
    private double Entropy()
    {
        double sum = 0;
        for (int i = 0; i < Count; i++)
        {
            sum += _weights[i] * _logWeights[i];
        }
        return Math.Log(Mass) - sum / Mass;
    }

    /// <summary>Keeps keys above the floor, and those at the floor but the first <paramref name="dropTied"/>.</summary>
    private void Compact(ReadOnlySpan<double> keys, double floor, int dropTied)
    {
        int kept = 0;
        for (int i = 0; i < keys.Length; i++)
        {
            double key = keys[i];
            if (key < floor || (key == floor && dropTied-- > 0))
            {
                continue;
            }
            _ids[kept] = _ids[i];
            _logWeights[kept] = _logWeights[i];
            _weights[kept++] = _weights[i];
        }
        Count = kept;
        Mass = Sum(Weights);
    }

    /// <summary>Leaves the k largest scratch keys in front; returns the smallest of them.</summary>
    private double KeepLargest(int k, int count)
    {
        _scratchWeights.AsSpan(0, count).Fill(1);
        Span<double> keys = _scratchKeys.AsSpan(0, count);
        double floor = MassSelect.Select(keys, _scratchWeights.AsSpan(0, count), k, out _);
        int kept = 0;
        foreach (double key in keys)
        {
            if (key > floor)
            {
                keys[kept++] = key;
            }
        }
        keys[kept..k].Fill(floor);
        return floor;
    }

    private void CopyToScratch(ReadOnlySpan<double> keys)
    {
        keys.CopyTo(_scratchKeys);
        Weights.CopyTo(_scratchWeights);
    }

    private void Exponentiate()
    {
        int lanes = Vector<double>.Count, i = 0;
        for (; Vector.IsHardwareAccelerated && i <= Count - lanes; i += lanes)
        {
            Vector.Exp(new Vector<double>(_logWeights, i)).CopyTo(_weights, i);
        }
        for (; i < Count; i++)
        {
            _weights[i] = Math.Exp(_logWeights[i]);
        }
    }

    private static double Largest(ReadOnlySpan<double> values)
    {
        double largest = values[0];
        foreach (double value in values)
        {
            largest = Math.Max(largest, value);
        }
        return largest;
    }

    private static double Sum(ReadOnlySpan<double> values)
    {
        double sum = 0;
        foreach (double value in values)
        {
            sum += value;
        }
        return sum;
    }

    private void Grow()
    {
        int capacity = checked(2 * _ids.Length);
        Array.Resize(ref _ids, capacity);
        Array.Resize(ref _logWeights, capacity);
        Array.Resize(ref _weights, capacity);
        Array.Resize(ref _keys, capacity);
        Array.Resize(ref _scratchKeys, capacity);
        Array.Resize(ref _scratchWeights, capacity);
    }
}
