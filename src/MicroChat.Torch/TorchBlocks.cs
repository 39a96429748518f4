using MicroChat.Model.Decoding;

namespace MicroChat.Torch;

/// <summary>How the queries of a pass meet keys and values: in rows of their own, or in caches.</summary>
internal interface ITorchAttention
{
    /// <summary>Attention of one block.</summary>
    /// <param name="layer">The block.</param>
    /// <param name="q">(T,H,D), rotated.</param>
    /// <param name="k">(T,Hkv,D), rotated.</param>
    /// <param name="v">(T,Hkv,D).</param>
    /// <returns>(T,HD).</returns>
    public Tensor Attend(int layer, Tensor q, Tensor k, Tensor v);
}

/// <summary>Neighbouring tokens of a step with the same adapter.</summary>
internal readonly record struct AdapterRun(TorchAdapter Adapter, int From, int Count);

/// <summary>
/// The decoder's arithmetic, once for serving and training. The config decides what there is, as in the managed decoder; norms, angles and the
/// softmax compute in float32.
/// </summary>
internal sealed class TorchBlocks(DecoderConfig config, TorchWeights weights, TorchRotary rotary)
{
    private readonly int _queries = config.Heads * config.HeadSize;
    private readonly int _keys = config.KeyValueHeads * config.HeadSize;

    /// <summary>(T,C) rows of the embedding.</summary>
    public Tensor Embed(Tensor ids, IReadOnlyList<AdapterRun> adapters)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor x = weights.Embedding.index_select(0, ids);
        foreach (AdapterRun run in adapters)
        {
            run.Adapter.AddEmbedding(ids.narrow(0, run.From, run.Count), x.narrow(0, run.From, run.Count));
        }
        return x.MoveToOuterDisposeScope();
    }

    /// <summary>One block: x (T,C) → (T,C).</summary>
    public Tensor Block(int layer, Tensor x, (Tensor Cos, Tensor Sin) angles, ITorchAttention attention, IReadOnlyList<AdapterRun> adapters)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        TorchLayer at = weights.Layers[layer];
        long T = x.shape[0], H = config.Heads, Hkv = config.KeyValueHeads, D = config.HeadSize, F = config.FeedForward;
        Tensor qkv = Linear(layer, BlockLinear.Qkv, Norm(x, at.AttentionNorm), at.Qkv, at.QkvBias, adapters);
        Tensor q = rotary.Turn(qkv.narrow(1, 0, _queries).reshape(T, H, D), angles);
        Tensor k = rotary.Turn(qkv.narrow(1, _queries, _keys).reshape(T, Hkv, D), angles);
        Tensor v = qkv.narrow(1, _queries + _keys, _keys).reshape(T, Hkv, D);
        Tensor middle = x + Linear(layer, BlockLinear.Output, attention.Attend(layer, q, k, v), at.Output, at.OutputBias, adapters);
        Tensor gateUp = Linear(layer, BlockLinear.GateUp, Norm(middle, at.FeedForwardNorm), at.GateUp, at.GateUpBias, adapters);
        Tensor hidden = gateUp.narrow(1, 0, F).silu().mul(gateUp.narrow(1, F, F));
        return (middle + Linear(layer, BlockLinear.Down, hidden, at.Down, at.DownBias, adapters)).MoveToOuterDisposeScope();
    }

    /// <summary>The norm before the output: (T,C) → (T,C).</summary>
    public Tensor FinalNorm(Tensor x)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        return Norm(x, weights.FinalNorm).MoveToOuterDisposeScope();
    }

    /// <summary>Logits of hidden states, (R,C) → (R,V), in float32.</summary>
    public Tensor Logits(Tensor hidden, IReadOnlyList<AdapterRun> adapters)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        if (adapters is [{ Adapter.ReplacedOutput: { } replaced } whole] && whole.Count == hidden.shape[0])
        {
            return AddOutput(torch.nn.functional.linear(hidden, replaced), hidden, adapters).to(ScalarType.Float32).MoveToOuterDisposeScope();
        }
        Tensor logits = torch.nn.functional.linear(hidden, weights.Head);
        foreach (AdapterRun run in adapters.Where(r => r.Adapter.ReplacedOutput is not null))
        {
            logits.narrow(0, run.From, run.Count).copy_(torch.nn.functional.linear(hidden.narrow(0, run.From, run.Count), run.Adapter.ReplacedOutput!));
        }
        return AddOutput(logits, hidden, adapters).to(ScalarType.Float32).MoveToOuterDisposeScope();
    }

    private static Tensor AddOutput(Tensor logits, Tensor hidden, IReadOnlyList<AdapterRun> adapters)
    {
        foreach (AdapterRun run in adapters)
        {
            if (run.Adapter.Output is { } group)
            {
                TorchAdapter.Add(group, hidden.narrow(0, run.From, run.Count), logits.narrow(0, run.From, run.Count));
            }
        }
        return logits;
    }

    /// <summary>x · gain / √(mean x² + eps), computed in float32.</summary>
    private Tensor Norm(Tensor x, Tensor gain)
    {
        Tensor wide = x.to(ScalarType.Float32);
        Tensor scale = wide.mul(wide).mean([-1], keepdim: true).add(config.NormEpsilon).rsqrt();
        return wide.mul(scale).mul(gain).to(x.dtype);
    }

    private static Tensor Linear(
        int layer, BlockLinear linear, Tensor x, Tensor weight, Tensor? bias, IReadOnlyList<AdapterRun> adapters)
    {
        Tensor y = torch.nn.functional.linear(x, weight, bias);
        foreach (AdapterRun run in adapters)
        {
            if (run.Adapter[layer, linear] is { } group)
            {
                TorchAdapter.Add(group, x.narrow(0, run.From, run.Count), y.narrow(0, run.From, run.Count));
            }
        }
        return y;
    }
}
