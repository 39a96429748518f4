using MicroChat.Kernels;

namespace MicroChat.Model.Decoding;

/// <summary>The passes over the blocks in training: forward that keeps activations, and backward written by hand.</summary>
/// <param name="weights">The base.</param>
/// <param name="gradients">Where gradients of the base are added; null: it is frozen.</param>
/// <param name="lora">The adapter's part of the products.</param>
/// <param name="crew">Threads.</param>
internal sealed class TrainingBlocks(ParameterBlock weights, ParameterBlock? gradients, LoraPass lora, Crew crew)
{
    private readonly DecoderConfig _config = weights.Config;
    private readonly ParameterLayout _layout = weights.Layout;
    private readonly RotaryTable _rotary = new(weights.Config);
    private readonly int _qkvWidth = (weights.Config.Heads + (2 * weights.Config.KeyValueHeads)) * weights.Config.HeadSize;
    private readonly float _scale = 1f / MathF.Sqrt(weights.Config.HeadSize);
    private int[] _past = [];
    private LoraAdapter? _adapter;

    /// <summary>From tokens to the normalised hidden states.</summary>
    public void Forward(TokenBatch batch, TrainingActivations a, LoraAdapter? adapter)
    {
        int T = batch.Tokens, C = _config.Width;
        _adapter = adapter;
        PreparePositions(batch, a);
        Embedding.Gather(crew, weights.At(_layout.Embedding, _config.VocabularySize * C), batch.Ids, C, a.Layers[0].Input.Slice(0, T * C));
        if (adapter?.Layout.Embedding is { } embedding)
        {
            lora.ForwardEmbedding(adapter, embedding, batch.Ids, a.Layers[0].Input.Slice(0, T * C));
        }
        for (int layer = 0; layer < _config.Layers; layer++)
        {
            NativeBuffer<float> next = layer + 1 < _config.Layers ? a.Layers[layer + 1].Input : a.Output;
            Attend(layer, batch, a);
            Widen(layer, T, a);
            Contract(layer, T, a, next.Slice(0, T * C));
        }
        Norms.RmsNorm(crew, a.Output.Slice(0, T * C), weights.At(_layout.FinalNorm, C), _config.NormEpsilon, a.Hidden.Slice(0, T * C));
    }

    /// <summary>From the gradient of the hidden states, which is overwritten, to the gradients of everything that learns.</summary>
    public void Backward(TokenBatch batch, TrainingActivations a, Span<float> dHidden, bool recompute)
    {
        int T = batch.Tokens, C = _config.Width;
        int lowest = gradients is not null ? 0 : _adapter?.Layout.LowestLayer ?? _config.Layers; // below it nothing learns
        Span<float> dx = a.DX.Slice(0, T * C);
        dx.Clear();
        Norms.RmsNormBackward(
            crew, a.Output.Slice(0, T * C), weights.At(_layout.FinalNorm, C), _config.NormEpsilon, dHidden, dx, GainGradient(a, _layout.FinalNorm));
        for (int layer = _config.Layers - 1; layer >= lowest; layer--)
        {
            if (recompute && layer + 1 < _config.Layers) // the last block's activations are still there
            {
                Attend(layer, batch, a);
                Widen(layer, T, a);
            }
            BackwardFeedForward(layer, T, a, dx);
            BackwardAttention(layer, batch, a, dx);
        }
        if (gradients is not null)
        {
            Embedding.ScatterAdd(crew, dx, batch.Ids, C, gradients.At(_layout.Embedding, _config.VocabularySize * C));
        }
        if (_adapter?.Layout.Embedding is { } embedding)
        {
            lora.BackwardEmbedding(_adapter, embedding, batch.Ids, dx);
        }
    }

    private void PreparePositions(TokenBatch batch, TrainingActivations a)
    {
        int rows = batch.RowStarts.Length - 1;
        if (_past.Length < rows)
        {
            _past = new int[rows]; // stays 0: every row begins at position 0
        }
        _rotary.Prepare(batch.RowStarts, _past.AsSpan(0, rows), a.Positions.AsSpan(0, batch.Tokens));
    }

    private void Attend(int layer, TokenBatch batch, TrainingActivations a)
    {
        LayerOffsets at = _layout.Layers[layer];
        LayerActivations kept = a.Layers[layer];
        int T = batch.Tokens, C = _config.Width, H = _config.Heads, Hkv = _config.KeyValueHeads, D = _config.HeadSize;
        Span<float> normed = a.Normed.Slice(0, T * C), qkv = kept.Qkv.Slice(0, T * _qkvWidth);
        Span<float> attended = kept.Attended.Slice(0, T * H * D), middle = kept.Middle.Slice(0, T * C);
        Norms.RmsNorm(crew, kept.Input.Slice(0, T * C), weights.At(at.AttentionNorm, C), _config.NormEpsilon, normed);
        Linear(layer, BlockLinear.Qkv, normed, at.Qkv, at.QkvBias, qkv, T, _qkvWidth, C, accumulate: false);
        Rope.Rotate(crew, qkv, H + Hkv, D, _qkvWidth, a.Positions.AsSpan(0, T), _rotary.Cos, _rotary.Sin, D, inverse: false);
        Attention.Forward(crew, qkv, attended, kept.LogSumExp.Slice(0, T * H), batch.RowStarts, H, Hkv, D, _scale);
        kept.Input.Slice(0, T * C).CopyTo(middle);
        Linear(layer, BlockLinear.Output, attended, at.Output, at.OutputBias, middle, T, C, H * D, accumulate: true);
    }

    private void Widen(int layer, int T, TrainingActivations a)
    {
        LayerOffsets at = _layout.Layers[layer];
        LayerActivations kept = a.Layers[layer];
        int C = _config.Width, F = _config.FeedForward;
        Span<float> normed = a.Normed.Slice(0, T * C);
        Norms.RmsNorm(crew, kept.Middle.Slice(0, T * C), weights.At(at.FeedForwardNorm, C), _config.NormEpsilon, normed);
        Linear(layer, BlockLinear.GateUp, normed, at.GateUp, at.GateUpBias, kept.GateUp.Slice(0, T * 2 * F), T, 2 * F, C, accumulate: false);
    }

    private void Contract(int layer, int T, TrainingActivations a, Span<float> next)
    {
        LayerOffsets at = _layout.Layers[layer];
        LayerActivations kept = a.Layers[layer];
        int C = _config.Width, F = _config.FeedForward;
        Span<float> inner = a.Inner.Slice(0, T * F);
        Activations.SwiGlu(crew, kept.GateUp.Slice(0, T * 2 * F), inner, F);
        kept.Middle.Slice(0, T * C).CopyTo(next);
        Linear(layer, BlockLinear.Down, inner, at.Down, at.DownBias, next, T, C, F, accumulate: true);
    }

    private void BackwardFeedForward(int layer, int T, TrainingActivations a, Span<float> dx)
    {
        LayerOffsets at = _layout.Layers[layer];
        LayerActivations kept = a.Layers[layer];
        int C = _config.Width, F = _config.FeedForward;
        Span<float> middle = kept.Middle.Slice(0, T * C), gateUp = kept.GateUp.Slice(0, T * 2 * F);
        Span<float> inner = a.Inner.Slice(0, T * F), dInner = a.DInner.Slice(0, T * F), dGateUp = a.DWide.Slice(0, T * 2 * F);
        Span<float> normed = a.Normed.Slice(0, T * C), dNormed = a.DBranch.Slice(0, T * C);
        Activations.SwiGlu(crew, gateUp, inner, F); // again, instead of T·F kept floats per block
        LinearBackward(layer, BlockLinear.Down, inner, dx, at.Down, at.DownBias, dInner, T, C, F);
        Activations.SwiGluBackward(crew, gateUp, dInner, dGateUp, F);
        Norms.RmsNorm(crew, middle, weights.At(at.FeedForwardNorm, C), _config.NormEpsilon, normed);
        LinearBackward(layer, BlockLinear.GateUp, normed, dGateUp, at.GateUp, at.GateUpBias, dNormed, T, 2 * F, C);
        Norms.RmsNormBackward(crew, middle, weights.At(at.FeedForwardNorm, C), _config.NormEpsilon, dNormed, dx, GainGradient(a, at.FeedForwardNorm));
    }

    private void BackwardAttention(int layer, TokenBatch batch, TrainingActivations a, Span<float> dx)
    {
        LayerOffsets at = _layout.Layers[layer];
        LayerActivations kept = a.Layers[layer];
        int T = batch.Tokens, C = _config.Width, H = _config.Heads, Hkv = _config.KeyValueHeads, D = _config.HeadSize;
        Span<float> input = kept.Input.Slice(0, T * C), qkv = kept.Qkv.Slice(0, T * _qkvWidth), attended = kept.Attended.Slice(0, T * H * D);
        Span<float> dAttended = a.DBranch.Slice(0, T * H * D), dQkv = a.DWide.Slice(0, T * _qkvWidth);
        LinearBackward(layer, BlockLinear.Output, attended, dx, at.Output, at.OutputBias, dAttended, T, C, H * D);
        Attention.Backward(crew, qkv, attended, kept.LogSumExp.Slice(0, T * H), dAttended, dQkv, batch.RowStarts, H, Hkv, D, _scale);
        Rope.Rotate(crew, dQkv, H + Hkv, D, _qkvWidth, a.Positions.AsSpan(0, T), _rotary.Cos, _rotary.Sin, D, inverse: true);
        Span<float> normed = a.Normed.Slice(0, T * C), dNormed = a.DBranch.Slice(0, T * C);
        Norms.RmsNorm(crew, input, weights.At(at.AttentionNorm, C), _config.NormEpsilon, normed);
        LinearBackward(layer, BlockLinear.Qkv, normed, dQkv, at.Qkv, at.QkvBias, dNormed, T, _qkvWidth, C);
        Norms.RmsNormBackward(crew, input, weights.At(at.AttentionNorm, C), _config.NormEpsilon, dNormed, dx, GainGradient(a, at.AttentionNorm));
    }

    /// <summary>y (T,rows) (+)= x (T,columns) · Wᵀ + bias, with the adapter's part.</summary>
    private void Linear(
        int layer, BlockLinear linear, ReadOnlySpan<float> x, long weight, long bias, Span<float> y, int T, int rows, int columns, bool accumulate)
    {
        Gemm.XWt(crew, x, weights.At(weight, rows * columns), y, T, rows, columns, accumulate);
        if (bias >= 0)
        {
            Vectors.AddBias(crew, weights.At(bias, rows), y);
        }
        if (_adapter?.Layout[layer, linear] is { } group)
        {
            lora.Forward(_adapter, group, x, y, T);
        }
    }

    /// <summary>dW += dyᵀ·x, dbias += Σ dy, dx = dy·W, with x (T,columns) and dy (T,rows); of a frozen base dx alone. With the adapter's part.</summary>
    private void LinearBackward(
        int layer, BlockLinear linear, ReadOnlySpan<float> x, ReadOnlySpan<float> dy, long weight, long bias, Span<float> dx, int T, int rows, int columns)
    {
        if (gradients is not null)
        {
            Gemm.XtY(crew, dy, x, gradients.At(weight, rows * columns), rows, columns, T, accumulate: true);
            if (bias >= 0)
            {
                Vectors.BiasBackward(crew, dy, gradients.At(bias, rows));
            }
        }
        Gemm.XW(crew, dy, weights.At(weight, rows * columns), dx, T, columns, rows, accumulate: false);
        if (_adapter?.Layout[layer, linear] is { } group)
        {
            lora.Backward(_adapter, group, x, dy, dx, T);
        }
    }

    private Span<float> GainGradient(TrainingActivations a, long offset) => gradients is null ? a.DiscardedGain : gradients.At(offset, _config.Width);
}
