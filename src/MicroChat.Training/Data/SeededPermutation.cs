namespace MicroChat.Training.Data;

/// <summary>
/// A shuffled order of 0 … n−1 that is computed and not stored: a Feistel network over the next power of four, walked until the value is in range.
/// Source: Black and Rogaway 2002, "Ciphers with arbitrary finite domains"; the round function is SplitMix64's mixer (Steele et al. 2014).
/// </summary>
internal readonly struct SeededPermutation
{
    private const int Rounds = 6;
    private readonly ulong _key;
    private readonly long _count;
    private readonly int _halfBits;

    public SeededPermutation(ulong seed, long count)
    {
        (_key, _count) = (Mix(seed), count);
        while (1L << (2 * _halfBits) < count)
        {
            _halfBits++;
        }
    }

    /// <summary>What stands at a place of the shuffled order.</summary>
    public long this[long place]
    {
        get
        {
            ulong value = (ulong)place;
            do
            {
                value = Encrypt(value);
            }
            while (value >= (ulong)_count);
            return (long)value;
        }
    }

    /// <summary>A number that depends on every bit of another.</summary>
    public static ulong Mix(ulong x)
    {
        x += 0x9E3779B97F4A7C15;
        x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9;
        x = (x ^ (x >> 27)) * 0x94D049BB133111EB;
        return x ^ (x >> 31);
    }

    private ulong Encrypt(ulong value)
    {
        ulong mask = (1UL << _halfBits) - 1, left = value >> _halfBits, right = value & mask;
        for (int round = 0; round < Rounds; round++)
        {
            (left, right) = (right, left ^ (Mix(_key ^ right ^ ((ulong)round << 56)) & mask));
        }
        return left << _halfBits | right;
    }
}
