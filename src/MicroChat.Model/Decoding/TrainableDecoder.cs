using System.Runtime.InteropServices;
using MicroChat.Kernels;

namespace MicroChat.Model.Decoding;

/// <summary>
/// The managed decoder for training, in float32: full fine-tuning, or adapters and heads on a frozen base.
/// <see cref="TrainingBlocks"/> holds the passes over the blocks; <see cref="OutputLayer"/> holds the loss side.
/// </summary>
public sealed class TrainableDecoder : ITrainableDecoder
{
    private readonly OutputLayer _output;
    private readonly TrainingBlocks _blocks;
    private readonly LoraPass _lora;
    private readonly TrainingWorkspace _workspace;
    private readonly bool _ownsWorkspace;
    private readonly List<Trainable> _reached = [];
    private readonly Trainable? _base;
    private TokenBatch? _batch;
    private ScalarHead? _head;
    private LoraAdapter? _active;

    /// <summary>A trainer of weights that the caller owns; the gradients and moments are the decoder's own.</summary>
    public TrainableDecoder(ParameterBlock weights, Crew crew)
        : this(weights, crew, frozen: false, new TrainingWorkspace())
    {
        _ownsWorkspace = true;
    }

    /// <summary>A decoder over weights and a workspace that the caller owns.</summary>
    /// <param name="weights">The base.</param>
    /// <param name="crew">Threads.</param>
    /// <param name="frozen">Whether the base stays as it is: no gradients and moments of its own, but adapters and heads may learn.</param>
    /// <param name="workspace">Where activations live.</param>
    public TrainableDecoder(ParameterBlock weights, Crew crew, bool frozen, TrainingWorkspace workspace)
    {
        Config = weights.Config;
        Weights = weights;
        _base = frozen ? null : new Trainable(weights, crew);
        _lora = new LoraPass(crew);
        _output = new OutputLayer(weights, _base?.Gradients, _lora, crew);
        _blocks = new TrainingBlocks(weights, _base?.Gradients, _lora, crew);
        _workspace = workspace;
    }

    /// <inheritdoc/>
    public DecoderConfig Config { get; }

    /// <inheritdoc/>
    public long Steps => (_base ?? Adapter?.Training)?.Optimizer.Steps ?? 0;

    /// <inheritdoc/>
    public LoraAdapter? Adapter
    {
        get;
        set
        {
            value?.RequireFits(Config);
            if (value is not null && _base is not null)
            {
                throw new InvalidOperationException("The base learns, so an adapter on it would change its meaning with every step; make the decoder with frozen: true.");
            }
            field = value;
        }
    }

    /// <inheritdoc/>
    public float Temperature
    {
        get => _output.Temperature;
        set => _output.Temperature = value > 0 && float.IsFinite(value) ? value : throw new ArgumentException($"Temperature is {value}; it must be a number above 0.");
    }

    /// <inheritdoc/>
    public OutputPenalties Penalties
    {
        get => _output.Penalties;
        set => _output.Penalties = value is { LabelSmoothing: >= 0 and < 1, ZLoss: >= 0 } && float.IsFinite(value.ZLoss) ? value
            : throw new ArgumentException($"Label smoothing is {value.LabelSmoothing} and z-loss {value.ZLoss}; wanted a share from 0 to below 1 and a number of 0 or more.");
    }

    /// <inheritdoc/>
    public ParameterBlock Weights { get; }

    /// <summary>Sums of the base's gradients since the last step.</summary>
    /// <exception cref="InvalidOperationException">The base is frozen.</exception>
    public ParameterBlock Gradients => Base.Gradients;

    /// <inheritdoc/>
    public Optimizer Optimizer => Base.Optimizer;

    /// <summary>(T,C) hidden states after the final norm of the last pass; for tests and heads.</summary>
    internal ReadOnlySpan<float> Hidden => Pass.Hidden.Slice(0, _batch!.Tokens * Config.Width);

    private Trainable Base => _base ?? throw new InvalidOperationException("The base is frozen: it has no gradients and moments. Make the decoder with frozen: false.");

    private TrainingActivations Pass => _batch is not null && _workspace.IsOf(this) ? _workspace.Activations!
        : throw new InvalidOperationException("There is no pass to go back from: score the batch first, and let no other decoder of the same workspace score in between.");

    /// <inheritdoc/>
    public TokenScores Score(TokenBatch batch, ScalarHead? head, bool entropy)
    {
        TrainingActivations a = Forward(batch);
        _head = head;
        _output.Score(a, batch, entropy);
        if (head is not null)
        {
            _output.ReadScalars(a, batch.Tokens, head);
        }
        int T = batch.Tokens;
        return new TokenScores
        {
            LogProb = a.LogProb.AsSpan(0, T),
            Entropy = entropy ? a.Entropy.AsSpan(0, T) : default,
            Scalar = head is null ? default : a.Scalar.AsSpan(0, T),
        };
    }

    /// <inheritdoc/>
    public void Backward(ReadOnlySpan<float> dLogProb, ReadOnlySpan<float> dEntropy, ReadOnlySpan<float> dScalar)
    {
        TrainingActivations a = Pass;
        TokenBatch batch = _batch!;
        RequireTokens(dLogProb.Length, batch);
        RequireTokens(dEntropy.Length, batch);
        RequireTokens(dScalar.Length, batch);
        Span<float> dHidden = DHidden(a, batch.Tokens);
        if (!dLogProb.IsEmpty || !dEntropy.IsEmpty)
        {
            _output.Backward(a, batch, dLogProb, dEntropy, dHidden);
        }
        if (!dScalar.IsEmpty)
        {
            ScalarHead head = _head ?? throw new InvalidOperationException("dScalar was given, but Score ran without a head.");
            _output.BackwardScalars(a, dScalar, head, dHidden);
            Reach(head.Training);
        }
        BackwardBlocks(batch, a, dHidden);
    }

    /// <inheritdoc/>
    public TokenScores ScoreAndBackward(TokenBatch batch, ReadOnlySpan<float> dLogProb)
    {
        Shape.Require(dLogProb.Length == batch.Tokens, dLogProb.Length, $"the batch's {batch.Tokens} tokens");
        TrainingActivations a = Forward(batch);
        Span<float> dHidden = DHidden(a, batch.Tokens);
        _output.ScoreAndBackward(a, batch, dLogProb, dHidden);
        BackwardBlocks(batch, a, dHidden);
        return new TokenScores { LogProb = a.LogProb.AsSpan(0, batch.Tokens) };
    }

    /// <inheritdoc/>
    public double Step(float learningRate, OptimizerOptions options)
    {
        Reach(_base);
        double norm = Trainable.Step(CollectionsMarshal.AsSpan(_reached), learningRate, options);
        _reached.Clear();
        return norm;
    }

    /// <inheritdoc/>
    public void ReadBack()
    {
        // the blocks are what the passes read and write
    }

    /// <inheritdoc/>
    public void Reload()
    {
        // the blocks are what the passes read and write
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_ownsWorkspace)
        {
            _workspace.Dispose();
        }
        _lora.Dispose();
        _base?.Dispose();
    }

    /// <summary>Residual stream before block <paramref name="layer"/> in the last pass, (T,C); layer = Layers: after the last block.</summary>
    internal ReadOnlySpan<float> Trace(int layer) =>
        (layer < Config.Layers ? Pass.Layers[layer].Input : Pass.Output).Slice(0, _batch!.Tokens * Config.Width);

    private static void RequireTokens(int length, TokenBatch batch) =>
        Shape.Require(length == 0 || length == batch.Tokens, length, $"0 or the batch's {batch.Tokens} tokens");

    private void Reach(Trainable? part)
    {
        if (part is not null && !_reached.Contains(part))
        {
            _reached.Add(part);
        }
    }

    private Span<float> DHidden(TrainingActivations a, int tokens)
    {
        Span<float> dHidden = a.DBranch.Slice(0, tokens * Config.Width); // (T,C)
        dHidden.Clear();
        return dHidden;
    }

    private TrainingActivations Forward(TokenBatch batch)
    {
        TrainingActivations a = _workspace.Claim(this, batch.Tokens);
        (_batch, _active, _output.Adapter) = (batch, Adapter, Adapter);
        if (Adapter is not null)
        {
            _lora.Reserve(Adapter, a.Tokens, backward: true);
        }
        _blocks.Forward(batch, a, _active);
        return a;
    }

    private void BackwardBlocks(TokenBatch batch, TrainingActivations a, Span<float> dHidden)
    {
        _blocks.Backward(batch, a, dHidden, _workspace.Recomputes);
        Reach(_active?.Training);
    }
}
