using MicroChat.Kernels;
using MicroChat.Model.Decoding;

namespace MicroChat.Torch;

/// <summary>
/// The decoder for training on TorchSharp: autograd within blocks, float32 master weights, and micro-batches that halve when memory runs out.
/// Scalar heads, which are one row, stay in the process's memory.
/// </summary>
internal sealed class TorchTrainableDecoder : ITrainableDecoder
{
    private readonly TorchBackend _backend;
    private readonly DeviceBlock _block;
    private readonly DeviceTraining? _base;
    private readonly TorchWeights _weights;
    private readonly TorchRotary _rotary;
    private readonly TorchOutput _output;
    private readonly MicroBatches _microBatches;
    private readonly HashSet<LoraAdapter> _adapters = [];
    private readonly HashSet<LoraAdapter> _reached = [];
    private readonly HashSet<Trainable> _heads = [];
    private TokenBatch? _batch;
    private ScalarHead? _head;
    private TorchAdapter? _active;
    private Optimizer? _optimizer;
    private float[] _logProb = [];
    private float[] _entropy = [];
    private float[] _scalar = [];

    public TorchTrainableDecoder(ParameterBlock weights, TorchBackend backend, bool frozen, bool recompute)
    {
        (Weights, _backend) = (weights, backend);
        _block = backend.BlockOf(weights);
        _base = frozen ? null : _block.Learn();
        _weights = new TorchWeights(_block, learns: !frozen);
        _rotary = new TorchRotary(Config, backend.Place.Device);
        var blocks = new TorchBlocks(Config, _weights, _rotary);
        _output = new TorchOutput(blocks, Config.VocabularySize, backend.Place.Device);
        _microBatches = new MicroBatches(Config, backend.Place, new PassParts(blocks, _rotary, _output), _base, recompute);
    }

    /// <inheritdoc/>
    public DecoderConfig Config => Weights.Config;

    /// <inheritdoc/>
    public ParameterBlock Weights { get; }

    /// <inheritdoc/>
    public long Steps => _base?.Steps ?? (Adapter?.Training is null ? 0 : _backend.AdapterOf(Adapter).Block.Learn().Steps);

    /// <inheritdoc/>
    public Optimizer Optimizer
    {
        get
        {
            if (_base is null)
            {
                throw new InvalidOperationException("The base is frozen: it has no gradients and moments. Make the decoder with frozen: false.");
            }
            return _optimizer ??= new Optimizer(Weights, _backend.Crew);
        }
    }

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
            if (value is not null)
            {
                _adapters.Add(value);
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

    /// <summary>How batches are cut; a test lets them run out of memory.</summary>
    internal MicroBatches MicroBatches => _microBatches;

    /// <inheritdoc/>
    public TokenScores Score(TokenBatch batch, ScalarHead? head, bool entropy)
    {
        Begin(batch, head);
        int T = batch.Tokens;
        _microBatches.Score(batch, _active, head, new ScoreTargets(_logProb.AsSpan(0, T), entropy ? _entropy.AsSpan(0, T) : default, head is null ? default : _scalar.AsSpan(0, T)));
        return new TokenScores
        {
            LogProb = _logProb.AsSpan(0, T),
            Entropy = entropy ? _entropy.AsSpan(0, T) : default,
            Scalar = head is null ? default : _scalar.AsSpan(0, T),
        };
    }

    /// <inheritdoc/>
    public void Backward(ReadOnlySpan<float> dLogProb, ReadOnlySpan<float> dEntropy, ReadOnlySpan<float> dScalar)
    {
        TokenBatch batch = _batch ?? throw new InvalidOperationException("There is no pass to go back through: Score a batch first.");
        RequireTokens(dLogProb.Length, batch);
        RequireTokens(dEntropy.Length, batch);
        RequireTokens(dScalar.Length, batch);
        if (!dScalar.IsEmpty && _head is null)
        {
            throw new InvalidOperationException("dScalar was given, but Score ran without a head.");
        }
        _microBatches.Learn(batch, _active, _head, new ScoreGradients(dLogProb, dEntropy, dScalar, Penalised: false, default));
        if (!dScalar.IsEmpty && _head!.Training is { } training)
        {
            _heads.Add(training);
        }
        End();
    }

    /// <inheritdoc/>
    public TokenScores ScoreAndBackward(TokenBatch batch, ReadOnlySpan<float> dLogProb)
    {
        Shape.Require(dLogProb.Length == batch.Tokens, dLogProb.Length, $"the batch's {batch.Tokens} tokens");
        Begin(batch, head: null);
        Span<float> logProb = _logProb.AsSpan(0, batch.Tokens);
        _microBatches.Learn(batch, _active, head: null, new ScoreGradients(dLogProb, default, default, Penalised: true, logProb));
        End();
        return new TokenScores { LogProb = logProb };
    }

    /// <inheritdoc/>
    public double Step(float learningRate, OptimizerOptions options)
    {
        DropPass();
        DeviceTraining[] parts = [.. _base is null ? [] : (DeviceTraining[])[_base], .. _reached.Select(adapter => _backend.AdapterOf(adapter).Block.Learn())];
        double norm = Math.Sqrt(parts.Sum(part => part.SumOfSquares()) + _heads.Sum(head => head.Optimizer.SumOfSquares(head.Gradients)));
        float clip = options.MaxGradientNorm > 0 ? (float)Math.Min(1, options.MaxGradientNorm / (norm + 1e-6)) : 1f;
        foreach (DeviceTraining part in parts)
        {
            if (double.IsFinite(norm))
            {
                part.Move(learningRate, clip, options);
            }
            part.Clear();
        }
        foreach (Trainable head in _heads)
        {
            if (double.IsFinite(norm))
            {
                head.Optimizer.Move(head.Weights, head.Gradients, learningRate, clip, options);
            }
            head.Gradients.Clear();
        }
        _reached.Clear();
        _heads.Clear();
        return norm;
    }

    /// <inheritdoc/>
    public void ReadBack()
    {
        if (_base is not null)
        {
            _block.Download();
            TorchBackend.Save(_base, Optimizer);
        }
        foreach (LoraAdapter adapter in _adapters.Where(adapter => adapter.Training is not null))
        {
            DeviceBlock block = _backend.AdapterOf(adapter).Block;
            block.Download();
            TorchBackend.Save(block.Learn(), adapter.Training!.Optimizer);
        }
    }

    /// <inheritdoc/>
    public void Reload()
    {
        DropPass();
        _block.Upload();
        if (_base is not null && _optimizer is not null)
        {
            TorchBackend.Restore(_base, _optimizer, _block);
        }
        foreach (LoraAdapter adapter in _adapters)
        {
            DeviceBlock block = _backend.AdapterOf(adapter).Block;
            block.Upload();
            if (adapter.Training is not null)
            {
                TorchBackend.Restore(block.Learn(), adapter.Training.Optimizer, block);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        DropPass();
        _optimizer?.Dispose();
        _weights.Dispose();
        _rotary.Dispose();
    }

    /// <summary>A copy of the sums of gradients of a base or an adapter that learns here.</summary>
    internal ParameterBlock GradientsOf(ParameterBlock weights)
    {
        ParameterBlock gradients = weights.NewLike();
        DeviceBlock.Download(_backend.BlockOf(weights).Learn().Gradient, gradients);
        return gradients;
    }

    /// <summary>Forgets the gradients of a base or an adapter that learns here.</summary>
    internal void ClearGradients(ParameterBlock weights) => _backend.BlockOf(weights).Learn().Clear();

    private static void RequireTokens(int length, TokenBatch batch) =>
        Shape.Require(length == 0 || length == batch.Tokens, length, $"0 or the batch's {batch.Tokens} tokens");

    private void Begin(TokenBatch batch, ScalarHead? head)
    {
        DropPass();
        (_batch, _head, _active) = (batch, head, Adapter is null ? null : _backend.AdapterOf(Adapter));
        if (_logProb.Length < batch.Tokens)
        {
            (_logProb, _entropy, _scalar) = (new float[batch.Tokens], new float[batch.Tokens], new float[batch.Tokens]);
        }
    }

    private void End()
    {
        DropPass();
        if (_active is { Learns: true })
        {
            _reached.Add(_active.Original);
        }
    }

    private void DropPass()
    {
        _microBatches.Drop();
        _batch = null;
    }
}
