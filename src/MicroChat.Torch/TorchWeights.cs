using MicroChat.Model.Decoding;

namespace MicroChat.Torch;

/// <summary>The tensors of one block; what the family lacks is null.</summary>
internal sealed record TorchLayer(
    Tensor AttentionNorm, Tensor Qkv, Tensor? QkvBias, Tensor Output, Tensor? OutputBias,
    Tensor FeedForwardNorm, Tensor GateUp, Tensor? GateUpBias, Tensor Down, Tensor? DownBias);

/// <summary>Gives a tensor of a block of parameters by place and shape.</summary>
internal delegate Tensor TensorPicker(long offset, params long[] shape);

/// <summary>A decoder's tensors on the device, cut from its block as <see cref="ParameterLayout"/> lays it out.</summary>
internal sealed class TorchWeights : IDisposable
{
    private readonly bool _owns;

    /// <param name="block">The base.</param>
    /// <param name="learns">Whether autograd gives the tensors gradients; if so they belong to the block's training.</param>
    public TorchWeights(DeviceBlock block, bool learns)
    {
        DecoderConfig config = block.Original.Config;
        ParameterLayout layout = block.Original.Layout;
        _owns = !learns;
        TensorPicker pick = learns ? block.Learn().Leaf : block.View;
        long C = config.Width, V = config.VocabularySize;
        Embedding = pick(layout.Embedding, V, C);
        FinalNorm = pick(layout.FinalNorm, C);
        Head = config.TieEmbeddings ? Embedding : pick(layout.Head, V, C);
        Layers = [.. layout.Layers.Select(at => LayerOf(config, at, pick))];
    }

    /// <summary>(V,C).</summary>
    public Tensor Embedding { get; }

    /// <summary>(C).</summary>
    public Tensor FinalNorm { get; }

    /// <summary>(V,C); the embedding where the two are one.</summary>
    public Tensor Head { get; }

    public TorchLayer[] Layers { get; }

    public void Dispose()
    {
        if (!_owns)
        {
            return;
        }
        Embedding.Dispose();
        FinalNorm.Dispose();
        Head.Dispose();
        foreach (TorchLayer layer in Layers)
        {
            foreach (Tensor? tensor in new[]
            {
                layer.AttentionNorm, layer.Qkv, layer.QkvBias, layer.Output, layer.OutputBias,
                layer.FeedForwardNorm, layer.GateUp, layer.GateUpBias, layer.Down, layer.DownBias,
            })
            {
                tensor?.Dispose();
            }
        }
    }

    private static TorchLayer LayerOf(DecoderConfig config, LayerOffsets at, TensorPicker pick)
    {
        long C = config.Width, F = config.FeedForward, q = config.Heads * config.HeadSize, qkv = q + (2 * config.KeyValueHeads * config.HeadSize);
        Tensor? Bias(long offset, long length) => offset >= 0 ? pick(offset, length) : null;
        return new TorchLayer(
            AttentionNorm: pick(at.AttentionNorm, C),
            Qkv: pick(at.Qkv, qkv, C),
            QkvBias: Bias(at.QkvBias, qkv),
            Output: pick(at.Output, C, q),
            OutputBias: Bias(at.OutputBias, C),
            FeedForwardNorm: pick(at.FeedForwardNorm, C),
            GateUp: pick(at.GateUp, 2 * F, C),
            GateUpBias: Bias(at.GateUpBias, 2 * F),
            Down: pick(at.Down, C, F),
            DownBias: Bias(at.DownBias, C));
    }
}
