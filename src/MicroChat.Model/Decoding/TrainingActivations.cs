using MicroChat.Kernels;

namespace MicroChat.Model.Decoding;

/// <summary>What one block keeps from its forward pass for its backward pass.</summary>
internal sealed class LayerActivations(DecoderConfig config, int tokens) : IDisposable
{
    /// <summary>(T,C) the residual stream before the block.</summary>
    public NativeBuffer<float> Input { get; } = new((long)tokens * config.Width);

    /// <summary>(T,(H+2Hkv)D) rotated queries and keys, values.</summary>
    public NativeBuffer<float> Qkv { get; } = new((long)tokens * (config.Heads + 2 * config.KeyValueHeads) * config.HeadSize);

    /// <summary>(T,HD) output of attention.</summary>
    public NativeBuffer<float> Attended { get; } = new((long)tokens * config.Heads * config.HeadSize);

    /// <summary>(T,H) log-sum-exp of the scores.</summary>
    public NativeBuffer<float> LogSumExp { get; } = new((long)tokens * config.Heads);

    /// <summary>(T,C) the residual stream between the branches.</summary>
    public NativeBuffer<float> Middle { get; } = new((long)tokens * config.Width);

    /// <summary>(T,2F).</summary>
    public NativeBuffer<float> GateUp { get; } = new((long)tokens * 2 * config.FeedForward);

    public void Dispose()
    {
        Input.Dispose();
        Qkv.Dispose();
        Attended.Dispose();
        LogSumExp.Dispose();
        Middle.Dispose();
        GateUp.Dispose();
    }
}

/// <summary>All activations and scratch of one training step of at most <see cref="Tokens"/> tokens.</summary>
internal sealed class TrainingActivations : IDisposable
{
    /// <summary>Floats of the logits that exist at once: rows of the output are made and used in chunks.</summary>
    private const int LogitsFloats = 4 << 20;

    public TrainingActivations(DecoderConfig config, int tokens)
    {
        Tokens = tokens;
        int C = config.Width, F = config.FeedForward, V = config.VocabularySize, HD = config.Heads * config.HeadSize;
        int qkv = (config.Heads + 2 * config.KeyValueHeads) * config.HeadSize;
        Layers = [.. Enumerable.Range(0, config.Layers).Select(_ => new LayerActivations(config, tokens))];
        Output = new((long)tokens * C);
        Hidden = new((long)tokens * C);
        Normed = new((long)tokens * C);
        DX = new((long)tokens * C);
        DBranch = new((long)tokens * Math.Max(C, HD));
        Inner = new((long)tokens * F);
        DInner = new((long)tokens * F);
        DWide = new((long)tokens * Math.Max(2 * F, qkv));
        ChunkRows = Math.Min(tokens, Math.Clamp(LogitsFloats / V, 64, 1_024));
        Logits = new((long)ChunkRows * V);
        ChunkHidden = new((long)ChunkRows * C);
        DChunkHidden = new((long)ChunkRows * C);
        LogProb = new float[tokens];
        Entropy = new float[tokens];
        Scalar = new float[tokens];
        ChunkScores = new float[5 * ChunkRows];
        ChunkTargets = new int[ChunkRows];
        Active = new int[tokens];
        Positions = new int[tokens];
    }

    public int Tokens { get; }

    public LayerActivations[] Layers { get; }

    /// <summary>(T,C) the residual stream after the last block.</summary>
    public NativeBuffer<float> Output { get; }

    /// <summary>(T,C) after the final norm.</summary>
    public NativeBuffer<float> Hidden { get; }

    /// <summary>(T,C) scratch.</summary>
    public NativeBuffer<float> Normed { get; }

    /// <summary>(T,C) gradient of the residual stream.</summary>
    public NativeBuffer<float> DX { get; }

    /// <summary>(T,max(C,HD)) gradient inside a branch.</summary>
    public NativeBuffer<float> DBranch { get; }

    /// <summary>(T,F) scratch.</summary>
    public NativeBuffer<float> Inner { get; }

    /// <summary>(T,F) scratch.</summary>
    public NativeBuffer<float> DInner { get; }

    /// <summary>(T,max(2F,(H+2Hkv)D)) scratch.</summary>
    public NativeBuffer<float> DWide { get; }

    /// <summary>Rows of the output that are worked on at once.</summary>
    public int ChunkRows { get; }

    /// <summary>(ChunkRows,V).</summary>
    public NativeBuffer<float> Logits { get; }

    /// <summary>(ChunkRows,C).</summary>
    public NativeBuffer<float> ChunkHidden { get; }

    /// <summary>(ChunkRows,C).</summary>
    public NativeBuffer<float> DChunkHidden { get; }

    public float[] LogProb { get; }

    public float[] Entropy { get; }

    public float[] Scalar { get; }

    /// <summary>(5,ChunkRows): log p, log-sum-exp, entropy, dL/dlogp, dL/dentropy of the rows of a chunk.</summary>
    public float[] ChunkScores { get; }

    public int[] ChunkTargets { get; }

    /// <summary>Positions that have a target, in order.</summary>
    public int[] Active { get; }

    /// <summary>(T) row of the rotary table.</summary>
    public int[] Positions { get; }

    public void Dispose()
    {
        foreach (LayerActivations layer in Layers)
        {
            layer.Dispose();
        }
        foreach (NativeBuffer<float> buffer in new[] { Output, Hidden, Normed, DX, DBranch, Inner, DInner, DWide, Logits, ChunkHidden, DChunkHidden })
        {
            buffer.Dispose();
        }
    }
}
