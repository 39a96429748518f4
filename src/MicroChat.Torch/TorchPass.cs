using MicroChat.Model.Decoding;

namespace MicroChat.Torch;

/// <summary>
/// One forward pass over a batch whose blocks can be gone through backwards. Each block is a piece of its own for autograd: its input is kept,
/// and its output too, unless it is to be computed again (gradient checkpointing).
/// </summary>
internal sealed class TorchPass : IDisposable
{
    private readonly TorchBlocks _blocks;
    private readonly AdapterRun[] _adapters;
    private readonly RowAttention _attention;
    private readonly (Tensor Cos, Tensor Sin) _angles;
    private readonly Tensor _ids;
    private readonly Tensor[] _inputs;
    private readonly Tensor?[] _outputs;
    private readonly bool _learnsEmbedding;
    private readonly int _lowest;

    /// <param name="blocks">The arithmetic.</param>
    /// <param name="rotary">The tables.</param>
    /// <param name="batch">Rows.</param>
    /// <param name="adapter">The adapter that is on, or null.</param>
    /// <param name="keep">What is kept for the way back.</param>
    /// <param name="config">The decoder's shape.</param>
    /// <param name="device">Where.</param>
    public TorchPass(TorchBlocks blocks, TorchRotary rotary, TokenBatch batch, TorchAdapter? adapter, PassKeeps keep, DecoderConfig config, torch.Device device)
    {
        (_blocks, _lowest, _learnsEmbedding) = (blocks, keep.Lowest, keep.Lowest == 0 && (keep.LearnsBase || adapter is { Learns: true, Embedding: not null }));
        _adapters = adapter is null ? [] : [new AdapterRun(adapter, 0, batch.Tokens)];
        (_inputs, _outputs) = (new Tensor[config.Layers + 1], new Tensor?[config.Layers + 2]);
        using DisposeScope scope = torch.NewDisposeScope();
        _ids = Tensors.Keep(Tensors.Indices(batch.Ids, device));
        _attention = new RowAttention(config, batch.RowStarts, device);
        (Tensor cos, Tensor sin) = rotary.Prepare(batch.RowStarts, new int[batch.RowStarts.Length - 1]);
        _angles = (Tensors.Keep(cos), Tensors.Keep(sin));
        try
        {
            Hidden = Forward(keep);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>(T,C) after the final norm; no part of any graph.</summary>
    public Tensor Hidden { get; }

    /// <summary>From the gradient of <see cref="Hidden"/>, (T,C) in float32, to the gradients of everything that learns.</summary>
    public void Backward(Tensor dHidden)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor gradient = dHidden.to(Hidden.dtype);
        for (int piece = _inputs.Length - 1; piece >= _lowest; piece--)
        {
            gradient = BackwardPiece(piece, gradient);
        }
        if (_learnsEmbedding)
        {
            using Tensor x = _outputs[^1] ?? _blocks.Embed(_ids, _adapters);
            _outputs[^1] = null;
            torch.autograd.backward(x, gradient);
        }
    }

    public void Dispose()
    {
        foreach (Tensor? tensor in (Tensor?[])[.. _inputs, .. _outputs, _ids, _angles.Cos, _angles.Sin, Hidden])
        {
            tensor?.Dispose();
        }
        _attention.Dispose();
    }

    private Tensor Forward(PassKeeps keep)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor x = Embed(keep);
        for (int piece = 0; piece < _inputs.Length; piece++)
        {
            bool reached = piece >= _lowest;
            Tensor input = Tensors.Keep(x.detach());
            input.requires_grad = reached;
            _inputs[piece] = input;
            if (!_outputs.Any(kept => ReferenceEquals(kept, x)))
            {
                x.Dispose();
            }
            using (IDisposable mode = torch.set_grad_enabled(reached && keep.Outputs))
            {
                x = Run(piece, input);
            }
            if (reached && keep.Outputs)
            {
                _outputs[piece] = Tensors.Keep(x);
            }
            else if (!reached)
            {
                input.Dispose();
            }
        }
        return Tensors.Keep(x.detach());
    }

    private Tensor Embed(PassKeeps keep)
    {
        using IDisposable mode = torch.set_grad_enabled(_learnsEmbedding && keep.Outputs);
        Tensor x = _blocks.Embed(_ids, _adapters);
        if (_learnsEmbedding && keep.Outputs)
        {
            _outputs[^1] = Tensors.Keep(x);
        }
        return x;
    }

    /// <summary>The block of this number, or after the last one the norm.</summary>
    private Tensor Run(int piece, Tensor x) =>
        piece < _inputs.Length - 1 ? _blocks.Block(piece, x, _angles, _attention, _adapters) : _blocks.FinalNorm(x);

    private Tensor BackwardPiece(int piece, Tensor gradient)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using Tensor input = _inputs[piece], output = _outputs[piece] ?? Run(piece, input);
        _outputs[piece] = null;
        torch.autograd.backward(output, gradient);
        Tensor passed = input.grad!;
        return passed.MoveToOuterDisposeScope();
    }
}

/// <summary>What a pass keeps for the way back.</summary>
/// <param name="Lowest">First block that gradients must reach; beyond the norm (blocks + 1): none.</param>
/// <param name="Outputs">Whether blocks' outputs are kept, with what autograd holds for them; else they are computed again.</param>
/// <param name="LearnsBase">Whether the base learns, with its embedding.</param>
internal readonly record struct PassKeeps(int Lowest, bool Outputs, bool LearnsBase);
