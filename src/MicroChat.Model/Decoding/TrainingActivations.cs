using MicroChat.Kernels;

namespace MicroChat.Model.Decoding;

/// <summary>What one block keeps from its forward pass for its backward pass.</summary>
internal sealed class LayerActivations : IDisposable
{
    private readonly bool _shares;

    /// <summary>Memory for one block; all but the input is that of <paramref name="shared"/> where it is given.</summary>
    public LayerActivations(in ActivationSizes sizes, LayerActivations? shared)
    {
        _shares = shared is not null;
        Input = new(sizes.Stream);
        Qkv = shared?.Qkv ?? new(sizes.Qkv);
        Attended = shared?.Attended ?? new(sizes.Attended);
        LogSumExp = shared?.LogSumExp ?? new(sizes.LogSumExp);
        Middle = shared?.Middle ?? new(sizes.Stream);
        GateUp = shared?.GateUp ?? new(2 * sizes.Inner);
    }

    /// <summary>(T,C) the residual stream before the block.</summary>
    public NativeBuffer<float> Input { get; }

    /// <summary>(T,(H+2Hkv)D) rotated queries and keys, values.</summary>
    public NativeBuffer<float> Qkv { get; }

    /// <summary>(T,HD) output of attention.</summary>
    public NativeBuffer<float> Attended { get; }

    /// <summary>(T,H) log-sum-exp of the scores.</summary>
    public NativeBuffer<float> LogSumExp { get; }

    /// <summary>(T,C) the residual stream between the branches.</summary>
    public NativeBuffer<float> Middle { get; }

    /// <summary>(T,2F).</summary>
    public NativeBuffer<float> GateUp { get; }

    public void Dispose()
    {
        Input.Dispose();
        if (!_shares)
        {
            Qkv.Dispose();
            Attended.Dispose();
            LogSumExp.Dispose();
            Middle.Dispose();
            GateUp.Dispose();
        }
    }
}

/// <summary>All activations and scratch of one training step of at most <see cref="Tokens"/> tokens.</summary>
internal sealed class TrainingActivations : IDisposable
{
    public TrainingActivations(in ActivationSizes sizes, bool recompute)
    {
        Sizes = sizes;
        int tokens = sizes.Tokens;
        Layers = new LayerActivations[sizes.Config.Layers];
        for (int layer = 0; layer < Layers.Length; layer++)
        {
            Layers[layer] = new LayerActivations(sizes, recompute && layer > 0 ? Layers[0] : null);
        }
        Output = new(sizes.Stream);
        Hidden = new(sizes.Stream);
        Normed = new(sizes.Stream);
        DX = new(sizes.Stream);
        DBranch = new(Math.Max(sizes.Stream, sizes.Attended));
        Inner = new(sizes.Inner);
        DInner = new(sizes.Inner);
        DWide = new(Math.Max(2 * sizes.Inner, sizes.Qkv));
        ChunkRows = sizes.ChunkRows;
        Logits = new(sizes.Logits);
        ChunkHidden = new(sizes.Chunk);
        DChunkHidden = new(sizes.Chunk);
        LogProb = new float[tokens];
        Entropy = new float[tokens];
        Scalar = new float[tokens];
        ChunkScores = new float[5 * ChunkRows];
        ChunkTargets = new int[ChunkRows];
        Active = new int[tokens];
        Positions = new int[tokens];
        DiscardedGain = new float[sizes.Config.Width];
    }

    public ActivationSizes Sizes { get; }

    public int Tokens => Sizes.Tokens;

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

    /// <summary>(C) where the gradient of a frozen gain goes.</summary>
    public float[] DiscardedGain { get; }

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
