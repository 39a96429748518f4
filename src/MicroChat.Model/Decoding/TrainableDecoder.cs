using MicroChat.Kernels;

namespace MicroChat.Model.Decoding;

/// <summary>
/// The managed decoder for training: forward that keeps activations and backward written by hand, in float32.
/// This file holds the passes over the blocks; <see cref="OutputLayer"/> holds the loss side.
/// </summary>
public sealed class TrainableDecoder : ITrainableDecoder
{
    private readonly Crew _crew;
    private readonly RotaryTable _rotary;
    private readonly OutputLayer _output;
    private readonly int _qkvWidth;
    private readonly float _scale;
    private TrainingActivations? _activations;
    private TokenBatch? _batch;
    private int[] _past = [];
    private ScalarHead? _head;

    /// <summary>A trainer of weights that the caller owns; the gradients are the decoder's own, the moments belong to <see cref="Optimizer"/>.</summary>
    public TrainableDecoder(ParameterBlock weights, Crew crew)
    {
        Config = weights.Config;
        Weights = weights;
        Gradients = weights.NewLike();
        Optimizer = new Optimizer(weights, crew);
        _crew = crew;
        _rotary = new RotaryTable(Config);
        _output = new OutputLayer(weights, Gradients, crew);
        _qkvWidth = (Config.Heads + 2 * Config.KeyValueHeads) * Config.HeadSize;
        _scale = 1f / MathF.Sqrt(Config.HeadSize);
    }

    /// <inheritdoc/>
    public DecoderConfig Config { get; }

    /// <inheritdoc/>
    public long Steps => Optimizer.Steps;

    /// <summary>The weights that <see cref="Step"/> changes.</summary>
    public ParameterBlock Weights { get; }

    /// <summary>Sums of gradients since the last step.</summary>
    public ParameterBlock Gradients { get; }

    /// <summary>Moments and their step count.</summary>
    public Optimizer Optimizer { get; }

    /// <summary>(T,C) hidden states after the final norm of the last pass; for tests and heads.</summary>
    internal ReadOnlySpan<float> Hidden => _activations!.Hidden.Slice(0, _batch!.Tokens * Config.Width);

    /// <inheritdoc/>
    public TokenScores Score(TokenBatch batch, ScalarHead? head, bool entropy)
    {
        Forward(batch);
        _head = head;
        _output.Score(_activations!, batch, entropy);
        if (head is not null)
        {
            _output.ReadScalars(_activations!, batch.Tokens, head);
        }
        int T = batch.Tokens;
        return new TokenScores
        {
            LogProb = _activations!.LogProb.AsSpan(0, T),
            Entropy = entropy ? _activations.Entropy.AsSpan(0, T) : default,
            Scalar = head is null ? default : _activations.Scalar.AsSpan(0, T),
        };
    }

    /// <inheritdoc/>
    public void Backward(ReadOnlySpan<float> dLogProb, ReadOnlySpan<float> dEntropy, ReadOnlySpan<float> dScalar)
    {
        TokenBatch batch = _batch ?? throw new InvalidOperationException("Backward was called before Score; score the batch first.");
        Span<float> dHidden = DHidden(batch.Tokens);
        if (!dLogProb.IsEmpty || !dEntropy.IsEmpty)
        {
            _output.Backward(_activations!, batch, dLogProb, dEntropy, dHidden);
        }
        if (!dScalar.IsEmpty)
        {
            ScalarHead head = _head ?? throw new InvalidOperationException("dScalar was given, but Score ran without a head.");
            _output.BackwardScalars(_activations!, dScalar, head, dHidden);
        }
        BackwardBlocks(batch, dHidden);
    }

    /// <inheritdoc/>
    public TokenScores ScoreAndBackward(TokenBatch batch, ReadOnlySpan<float> dLogProb)
    {
        Shape.Require(dLogProb.Length == batch.Tokens, dLogProb.Length, $"the batch's {batch.Tokens} tokens");
        Forward(batch);
        Span<float> dHidden = DHidden(batch.Tokens);
        _output.ScoreAndBackward(_activations!, batch, dLogProb, dHidden);
        BackwardBlocks(batch, dHidden);
        return new TokenScores { LogProb = _activations!.LogProb.AsSpan(0, batch.Tokens) };
    }

    /// <inheritdoc/>
    public double Step(float learningRate, OptimizerOptions options)
    {
        double norm = Optimizer.Step(Weights, Gradients, learningRate, options);
        Gradients.Clear();
        return norm;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _activations?.Dispose();
        Gradients.Dispose();
        Optimizer.Dispose();
    }

    /// <summary>Residual stream before block <paramref name="layer"/> in the last pass, (T,C); layer = Layers: after the last block.</summary>
    internal ReadOnlySpan<float> Trace(int layer) =>
        (layer < Config.Layers ? _activations!.Layers[layer].Input : _activations!.Output).Slice(0, _batch!.Tokens * Config.Width);

    private Span<float> DHidden(int tokens)
    {
        Span<float> dHidden = _activations!.DBranch.Slice(0, tokens * Config.Width); // (T,C)
        dHidden.Clear();
        return dHidden;
    }

    private void Forward(TokenBatch batch)
    {
        int T = batch.Tokens, C = Config.Width;
        if (_activations is null || _activations.Tokens < T)
        {
            _activations?.Dispose();
            _activations = new TrainingActivations(Config, T);
        }
        TrainingActivations a = _activations;
        _batch = batch;
        PreparePositions(batch, a);
        Embedding.Gather(_crew, Weights.At(Weights.Layout.Embedding, Config.VocabularySize * C), batch.Ids, C, a.Layers[0].Input.Slice(0, T * C));
        for (int layer = 0; layer < Config.Layers; layer++)
        {
            NativeBuffer<float> next = layer + 1 < Config.Layers ? a.Layers[layer + 1].Input : a.Output;
            ForwardAttention(layer, batch, a);
            ForwardFeedForward(layer, T, a, next.Slice(0, T * C));
        }
        Norms.RmsNorm(_crew, a.Output.Slice(0, T * C), Weights.At(Weights.Layout.FinalNorm, C), Config.NormEpsilon, a.Hidden.Slice(0, T * C));
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

    private void ForwardAttention(int layer, TokenBatch batch, TrainingActivations a)
    {
        LayerOffsets at = Weights.Layout.Layers[layer];
        LayerActivations kept = a.Layers[layer];
        int T = batch.Tokens, C = Config.Width, H = Config.Heads, Hkv = Config.KeyValueHeads, D = Config.HeadSize;
        Span<float> normed = a.Normed.Slice(0, T * C), qkv = kept.Qkv.Slice(0, T * _qkvWidth);
        Span<float> attended = kept.Attended.Slice(0, T * H * D), middle = kept.Middle.Slice(0, T * C);
        Norms.RmsNorm(_crew, kept.Input.Slice(0, T * C), Weights.At(at.AttentionNorm, C), Config.NormEpsilon, normed);
        Linear(normed, at.Qkv, at.QkvBias, qkv, T, _qkvWidth, C, accumulate: false);
        Rope.Rotate(_crew, qkv, H + Hkv, D, _qkvWidth, a.Positions.AsSpan(0, T), _rotary.Cos, _rotary.Sin, D, inverse: false);
        Attention.Forward(_crew, qkv, attended, kept.LogSumExp.Slice(0, T * H), batch.RowStarts, H, Hkv, D, _scale);
        kept.Input.Slice(0, T * C).CopyTo(middle);
        Linear(attended, at.Output, at.OutputBias, middle, T, C, H * D, accumulate: true);
    }

    private void ForwardFeedForward(int layer, int T, TrainingActivations a, Span<float> next)
    {
        LayerOffsets at = Weights.Layout.Layers[layer];
        LayerActivations kept = a.Layers[layer];
        int C = Config.Width, F = Config.FeedForward;
        Span<float> normed = a.Normed.Slice(0, T * C), gateUp = kept.GateUp.Slice(0, T * 2 * F), inner = a.Inner.Slice(0, T * F);
        Norms.RmsNorm(_crew, kept.Middle.Slice(0, T * C), Weights.At(at.FeedForwardNorm, C), Config.NormEpsilon, normed);
        Linear(normed, at.GateUp, at.GateUpBias, gateUp, T, 2 * F, C, accumulate: false);
        Activations.SwiGlu(_crew, gateUp, inner, F);
        kept.Middle.Slice(0, T * C).CopyTo(next);
        Linear(inner, at.Down, at.DownBias, next, T, C, F, accumulate: true);
    }

    private void BackwardBlocks(TokenBatch batch, ReadOnlySpan<float> dHidden)
    {
        TrainingActivations a = _activations!;
        int T = batch.Tokens, C = Config.Width;
        Span<float> dx = a.DX.Slice(0, T * C);
        dx.Clear();
        long norm = Weights.Layout.FinalNorm;
        Norms.RmsNormBackward(_crew, a.Output.Slice(0, T * C), Weights.At(norm, C), Config.NormEpsilon, dHidden, dx, Gradients.At(norm, C));
        for (int layer = Config.Layers - 1; layer >= 0; layer--)
        {
            BackwardFeedForward(layer, T, a, dx);
            BackwardAttention(layer, batch, a, dx);
        }
        Embedding.ScatterAdd(_crew, dx, batch.Ids, C, Gradients.At(Weights.Layout.Embedding, Config.VocabularySize * C));
    }

    private void BackwardFeedForward(int layer, int T, TrainingActivations a, Span<float> dx)
    {
        LayerOffsets at = Weights.Layout.Layers[layer];
        LayerActivations kept = a.Layers[layer];
        int C = Config.Width, F = Config.FeedForward;
        Span<float> middle = kept.Middle.Slice(0, T * C), gateUp = kept.GateUp.Slice(0, T * 2 * F);
        Span<float> inner = a.Inner.Slice(0, T * F), dInner = a.DInner.Slice(0, T * F), dGateUp = a.DWide.Slice(0, T * 2 * F);
        Span<float> normed = a.Normed.Slice(0, T * C), dNormed = a.DBranch.Slice(0, T * C);
        Activations.SwiGlu(_crew, gateUp, inner, F); // again, instead of T·F kept floats per block
        LinearBackward(inner, dx, at.Down, at.DownBias, dInner, T, C, F);
        Activations.SwiGluBackward(_crew, gateUp, dInner, dGateUp, F);
        Norms.RmsNorm(_crew, middle, Weights.At(at.FeedForwardNorm, C), Config.NormEpsilon, normed);
        LinearBackward(normed, dGateUp, at.GateUp, at.GateUpBias, dNormed, T, 2 * F, C);
        Norms.RmsNormBackward(_crew, middle, Weights.At(at.FeedForwardNorm, C), Config.NormEpsilon, dNormed, dx, Gradients.At(at.FeedForwardNorm, C));
    }

    private void BackwardAttention(int layer, TokenBatch batch, TrainingActivations a, Span<float> dx)
    {
        LayerOffsets at = Weights.Layout.Layers[layer];
        LayerActivations kept = a.Layers[layer];
        int T = batch.Tokens, C = Config.Width, H = Config.Heads, Hkv = Config.KeyValueHeads, D = Config.HeadSize;
        Span<float> input = kept.Input.Slice(0, T * C), qkv = kept.Qkv.Slice(0, T * _qkvWidth), attended = kept.Attended.Slice(0, T * H * D);
        Span<float> dAttended = a.DBranch.Slice(0, T * H * D), dQkv = a.DWide.Slice(0, T * _qkvWidth);
        LinearBackward(attended, dx, at.Output, at.OutputBias, dAttended, T, C, H * D);
        Attention.Backward(_crew, qkv, attended, kept.LogSumExp.Slice(0, T * H), dAttended, dQkv, batch.RowStarts, H, Hkv, D, _scale);
        Rope.Rotate(_crew, dQkv, H + Hkv, D, _qkvWidth, a.Positions.AsSpan(0, T), _rotary.Cos, _rotary.Sin, D, inverse: true);
        Span<float> normed = a.Normed.Slice(0, T * C), dNormed = a.DBranch.Slice(0, T * C);
        Norms.RmsNorm(_crew, input, Weights.At(at.AttentionNorm, C), Config.NormEpsilon, normed);
        LinearBackward(normed, dQkv, at.Qkv, at.QkvBias, dNormed, T, _qkvWidth, C);
        Norms.RmsNormBackward(_crew, input, Weights.At(at.AttentionNorm, C), Config.NormEpsilon, dNormed, dx, Gradients.At(at.AttentionNorm, C));
    }

    /// <summary>y (T,rows) (+)= x (T,columns) · Wᵀ + bias.</summary>
    private void Linear(ReadOnlySpan<float> x, long weight, long bias, Span<float> y, int T, int rows, int columns, bool accumulate)
    {
        Gemm.XWt(_crew, x, Weights.At(weight, rows * columns), y, T, rows, columns, accumulate);
        if (bias >= 0)
        {
            Vectors.AddBias(_crew, Weights.At(bias, rows), y);
        }
    }

    /// <summary>dW += dyᵀ·x, dbias += Σ dy, dx = dy·W, with x (T,columns) and dy (T,rows).</summary>
    private void LinearBackward(ReadOnlySpan<float> x, ReadOnlySpan<float> dy, long weight, long bias, Span<float> dx, int T, int rows, int columns)
    {
        Gemm.XtY(_crew, dy, x, Gradients.At(weight, rows * columns), rows, columns, T, accumulate: true);
        if (bias >= 0)
        {
            Vectors.BiasBackward(_crew, dy, Gradients.At(bias, rows));
        }
        Gemm.XW(_crew, dy, Weights.At(weight, rows * columns), dx, T, columns, rows, accumulate: false);
    }
}
