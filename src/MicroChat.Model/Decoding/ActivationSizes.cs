namespace MicroChat.Model.Decoding;

/// <summary>How many floats each part of a training pass takes: the one place from which memory is allocated and planned.</summary>
/// <param name="Config">The decoder's shape.</param>
/// <param name="Tokens">T.</param>
internal readonly record struct ActivationSizes(DecoderConfig Config, int Tokens)
{
    /// <summary>Floats of the logits that exist at once: rows of the output are made and used in chunks.</summary>
    private const int LogitsFloats = 4 << 20;

    /// <summary>(T,C).</summary>
    public long Stream => (long)Tokens * Config.Width;

    /// <summary>(T,(H+2Hkv)D).</summary>
    public long Qkv => (long)Tokens * (Config.Heads + (2 * Config.KeyValueHeads)) * Config.HeadSize;

    /// <summary>(T,HD).</summary>
    public long Attended => (long)Tokens * Config.Heads * Config.HeadSize;

    /// <summary>(T,H).</summary>
    public long LogSumExp => (long)Tokens * Config.Heads;

    /// <summary>(T,F).</summary>
    public long Inner => (long)Tokens * Config.FeedForward;

    /// <summary>Rows of the output that are worked on at once.</summary>
    public int ChunkRows => Math.Min(Tokens, Math.Clamp(LogitsFloats / Config.VocabularySize, 64, 1_024));

    /// <summary>(ChunkRows,V).</summary>
    public long Logits => (long)ChunkRows * Config.VocabularySize;

    /// <summary>(ChunkRows,C).</summary>
    public long Chunk => (long)ChunkRows * Config.Width;

    /// <summary>What one block keeps beside its input.</summary>
    public long Block => Qkv + Attended + LogSumExp + Stream + (2 * Inner);

    /// <summary>All floats of a pass.</summary>
    /// <param name="recompute">Whether blocks share what they keep beside their inputs.</param>
    public long Total(bool recompute) =>
        (Config.Layers * Stream) + ((recompute ? 1 : Config.Layers) * Block)
        + (4 * Stream) + Math.Max(Stream, Attended) + (2 * Inner) + Math.Max(2 * Inner, Qkv) + Logits + (2 * Chunk);
}
