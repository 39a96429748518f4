namespace MicroChat.Model.Sampling;

/// <summary>
/// Draws in [0,1) that depend on (seed, sequence, position) only: equal on every machine, independent between sequences,
/// resumable from three numbers. Philox4x32-10, keyed by the seed and counting (position, sequence).
/// </summary>
/// <remarks>Source: Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011.</remarks>
public sealed class SeededDraws
{
    private const int Rounds = 10;
    private const double Scale = 1.0 / (1UL << 53);

    /// <summary>The stream of one sequence, from its beginning.</summary>
    public SeededDraws(ulong seed, ulong sequence)
        : this(seed, sequence, 0)
    {
    }

    /// <summary>The stream of one sequence, continued at a saved <paramref name="position"/>.</summary>
    public SeededDraws(ulong seed, ulong sequence, ulong position)
    {
        Seed = seed;
        Sequence = sequence;
        Position = position;
    }

    /// <summary>The run's seed.</summary>
    public ulong Seed { get; }

    /// <summary>Which of the seed's independent streams this is.</summary>
    public ulong Sequence { get; }

    /// <summary>Number of draws taken. With seed and sequence this is the whole state.</summary>
    public ulong Position { get; private set; }

    /// <summary>The next draw: uniform in [0,1), 53 bits.</summary>
    public double NextDouble() => (NextUInt64() >> 11) * Scale;

    /// <summary>The next 64 uniform bits.</summary>
    public ulong NextUInt64()
    {
        Span<uint> block = [(uint)Position, (uint)(Position >> 32), (uint)Sequence, (uint)(Sequence >> 32)];
        Philox(block, (uint)Seed, (uint)(Seed >> 32));
        Position++;
        return block[0] | ((ulong)block[1] << 32);
    }

    /// <summary>Enciphers a counter of four words in place under a key of two.</summary>
    internal static void Philox(Span<uint> counter, uint key0, uint key1)
    {
        for (int round = 0; round < Rounds; round++)
        {
            ulong left = 0xD2511F53UL * counter[0], right = 0xCD9E8D57UL * counter[2];
            uint c1 = counter[1], c3 = counter[3];
            counter[0] = (uint)(right >> 32) ^ c1 ^ key0;
            counter[1] = (uint)right;
            counter[2] = (uint)(left >> 32) ^ c3 ^ key1;
            counter[3] = (uint)left;
            key0 += 0x9E3779B9;
            key1 += 0xBB67AE85;
        }
    }
}
