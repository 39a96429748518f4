using MicroChat.Kernels;
using MicroChat.Model.Decoding;

namespace MicroChat.Torch;

/// <summary>One module of a group on the device: its factor B (columns, rank), and what it joins.</summary>
internal sealed record TorchPart(Tensor B, LowRankPlace Place);

/// <summary>The adapters on one fused product: A (ranks, inputs), the scale of each rank, and the modules.</summary>
internal sealed record TorchGroup(Tensor A, Tensor Scales, TorchPart[] Parts);

/// <summary>A low-rank adapter on the device, cut from its block as <see cref="LoraLayout"/> lays it out. One set for serving and learning.</summary>
internal sealed class TorchAdapter : IDisposable
{
    private readonly TorchGroup?[] _groups;
    private readonly List<Tensor> _owned = [];
    private readonly bool _learns;

    /// <param name="adapter">The original.</param>
    /// <param name="block">Its parameters on the device.</param>
    /// <param name="learns">Whether autograd gives the factors gradients.</param>
    public TorchAdapter(LoraAdapter adapter, DeviceBlock block, bool learns)
    {
        LoraLayout layout = adapter.Layout;
        (Block, Original, _learns) = (block, adapter, learns);
        int linears = Enum.GetValues<BlockLinear>().Length;
        _groups = [.. Enumerable.Range(0, adapter.Config.Layers * linears).Select(i => GroupOf(layout[i / linears, (BlockLinear)(i % linears)]))];
        Output = GroupOf(layout.Output);
        ReplacedOutput = layout.ReplacedOutput is { } replaced ? Pick(replaced.Offset, [.. replaced.Shape]) : null;
        if (layout.Embedding is { } embedding)
        {
            EmbeddingA = Pick(embedding.A.Offset, [.. embedding.A.Shape]);
            Embedding = new TorchPart(Pick(embedding.B.Offset, [.. embedding.B.Shape]), embedding.Place);
            EmbeddingScale = embedding.Module.Scale;
        }
    }

    public LoraAdapter Original { get; }

    public DeviceBlock Block { get; }

    /// <summary>The first block of the decoder that gradients must reach; the number of blocks when the adapter does not learn.</summary>
    public int LowestLearning => _learns ? Original.Layout.LowestLayer : Original.Config.Layers;

    public bool Learns => _learns;

    public TorchGroup? Output { get; }

    /// <summary>An output matrix that takes the base's place, (V,C).</summary>
    public Tensor? ReplacedOutput { get; }

    /// <summary>Factor A of the embedding's adapter, (r,V).</summary>
    public Tensor? EmbeddingA { get; }

    public TorchPart? Embedding { get; }

    public float EmbeddingScale { get; }

    public TorchGroup? this[int layer, BlockLinear linear] => _groups[(layer * (_groups.Length / Original.Config.Layers)) + (int)linear];

    /// <summary>y (T,width) += scale·(x·Aᵀ)·Bᵀ, with x (T,inputs).</summary>
    public static void Add(TorchGroup group, Tensor x, Tensor y)
    {
        Tensor u = x.matmul(group.A.transpose(0, 1)).mul(group.Scales);
        foreach (TorchPart part in group.Parts)
        {
            y.narrow(1, part.Place.ColumnStart, part.Place.Columns).add_(u.narrow(1, part.Place.RankStart, part.Place.Rank).matmul(part.B.transpose(0, 1)));
        }
    }

    /// <summary>x (T,C) += scale·B·A[·,id]: the adapter's part of looking tokens up.</summary>
    public void AddEmbedding(Tensor ids, Tensor x)
    {
        if (Embedding is not null)
        {
            Tensor u = EmbeddingA!.index_select(1, ids).transpose(0, 1).mul(EmbeddingScale);
            x.add_(u.matmul(Embedding.B.transpose(0, 1)));
        }
    }

    public void Dispose() => _owned.ForEach(tensor => tensor.Dispose());

    private TorchGroup? GroupOf(LoraGroup? group)
    {
        if (group is null)
        {
            return null;
        }
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor scales = Tensors.Keep(torch.tensor(group.Scales, device: Block.Place.Device).to(Block.Place.Number));
        _owned.Add(scales);
        return new TorchGroup(Pick(group.A, group.Ranks, group.Inputs), scales, [.. group.Parts.Select(part => new TorchPart(Pick(part.B.Offset, [.. part.B.Shape]), part.Place))]);
    }

    private Tensor Pick(long offset, params long[] shape)
    {
        if (_learns)
        {
            return Block.Learn().Leaf(offset, shape);
        }
        Tensor view = Block.View(offset, shape);
        _owned.Add(view);
        return view;
    }
}
