using MicroChat.Kernels;

namespace MicroChat.Model.Decoding;

/// <summary>An adapter's part of a matrix product, forward and backward. Its values depend only on their own token, not on the batch.</summary>
internal sealed class LoraPass(Crew crew) : IDisposable
{
    private NativeBuffer<float>? _scratch;

    /// <summary>Floats of scratch for so many tokens; twice as many with a backward pass.</summary>
    public static long Floats(LoraLayout layout, int tokens) => (long)layout.MostRanks * tokens;

    /// <summary>Makes room, so that the passes allocate nothing.</summary>
    public void Reserve(LoraAdapter adapter, int tokens, bool backward)
    {
        long floats = Floats(adapter.Layout, tokens) * (backward ? 2 : 1);
        if (_scratch is null || _scratch.Length < floats)
        {
            _scratch?.Dispose();
            _scratch = new NativeBuffer<float>(floats);
        }
    }

    /// <summary>y (T,width) += scale·(x·Aᵀ)·Bᵀ, with x (T,inputs).</summary>
    public void Forward(LoraAdapter adapter, LoraGroup group, ReadOnlySpan<float> x, Span<float> y, int T)
    {
        Span<float> u = Reduce(adapter, group, x, T);
        foreach (ref readonly LoraPart part in group.Parts.AsSpan())
        {
            LowRank.Expand(crew, u, adapter.Weights[part.B], y, T, part.Place);
        }
    }

    /// <summary>dx += dy·scale·B·A and, where the adapter learns, the gradients of A and B.</summary>
    public void Backward(LoraAdapter adapter, LoraGroup group, ReadOnlySpan<float> x, ReadOnlySpan<float> dy, Span<float> dx, int T)
    {
        ParameterBlock? gradients = adapter.Training?.Gradients;
        Span<float> u = Reduce(adapter, group, x, T); // again, instead of kept for every block
        Span<float> du = _scratch!.Slice((long)T * group.Ranks, T * group.Ranks);
        foreach (ref readonly LoraPart part in group.Parts.AsSpan())
        {
            LowRank.ExpandBackward(crew, u, adapter.Weights[part.B], dy, du, gradients is null ? default : gradients[part.B], T, part.Place);
        }
        LowRank.ScaleColumns(crew, group.Scales, du);
        int factors = group.Ranks * group.Inputs;
        if (gradients is not null)
        {
            Gemm.XtY(crew, du, x, gradients.At(group.A, factors), group.Ranks, group.Inputs, T, accumulate: true);
        }
        Gemm.XW(crew, du, adapter.Weights.At(group.A, factors), dx, T, group.Inputs, group.Ranks, accumulate: true);
    }

    /// <summary>x (T,C) += scale·B·A[·,id]: the adapter's part of looking tokens up.</summary>
    public void ForwardEmbedding(LoraAdapter adapter, in LoraPart part, ReadOnlySpan<int> ids, Span<float> x) =>
        LowRank.Expand(crew, LookUp(adapter, part, ids), adapter.Weights[part.B], x, ids.Length, part.Place);

    /// <summary>The gradients of the embedding's factors, where the adapter learns.</summary>
    public void BackwardEmbedding(LoraAdapter adapter, in LoraPart part, ReadOnlySpan<int> ids, ReadOnlySpan<float> dx)
    {
        if (adapter.Training is not { Gradients: { } gradients })
        {
            return;
        }
        int T = ids.Length, r = part.Place.Rank, V = (int)part.A.Shape[1];
        Span<float> u = LookUp(adapter, part, ids), du = _scratch!.Slice((long)T * r, T * r), da = gradients[part.A];
        LowRank.ExpandBackward(crew, u, adapter.Weights[part.B], dx, du, gradients[part.B], T, part.Place);
        for (int t = 0; t < T; t++)
        {
            for (int j = 0; j < r; j++)
            {
                da[(j * V) + ids[t]] += part.Module.Scale * du[(t * r) + j];
            }
        }
    }

    public void Dispose() => _scratch?.Dispose();

    /// <summary>u[t,j] = scale·A[j,id].</summary>
    private Span<float> LookUp(LoraAdapter adapter, in LoraPart part, ReadOnlySpan<int> ids)
    {
        int r = part.Place.Rank, V = (int)part.A.Shape[1];
        Span<float> u = _scratch!.Slice(0, ids.Length * r);
        ReadOnlySpan<float> a = adapter.Weights[part.A];
        for (int t = 0; t < ids.Length; t++)
        {
            for (int j = 0; j < r; j++)
            {
                u[(t * r) + j] = part.Module.Scale * a[(j * V) + ids[t]];
            }
        }
        return u;
    }

    private Span<float> Reduce(LoraAdapter adapter, LoraGroup group, ReadOnlySpan<float> x, int T)
    {
        Span<float> u = _scratch!.Slice(0, T * group.Ranks); // (T,ranks)
        LowRank.Reduce(crew, x, adapter.Weights.At(group.A, group.Ranks * group.Inputs), u, T, group.Ranks, group.Inputs);
        LowRank.ScaleColumns(crew, group.Scales, u);
        return u;
    }
}
