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
    private readonly TorchBlocks _blocks;
    private readonly TorchOutput _output;
    private readonly HashSet<LoraAdapter> _adapters = [];
    private readonly HashSet<LoraAdapter> _reached = [];
    private readonly HashSet<Trainable> _heads = [];
    private TokenBatch? _batch;
    private ScalarHead? _head;
    private TorchAdapter? _active;
    private TorchPass? _pass;
    private Optimizer? _optimizer;
    private float[] _logProb = [];
    private float[] _entropy = [];
    private float[] _scalar = [];
    private int _mostTokens = int.MaxValue;
    private bool _recompute;

    public TorchTrainableDecoder(ParameterBlock weights, TorchBackend backend, bool frozen, bool recompute)
    {
        (Weights, _backend, _recompute) = (weights, backend, recompute);
        _block = backend.BlockOf(weights);
        _base = frozen ? null : _block.Learn();
        _weights = new TorchWeights(_block, learns: !frozen);
        _rotary = new TorchRotary(Config, backend.Place.Device);
        _blocks = new TorchBlocks(Config, _weights, _rotary);
        _output = new TorchOutput(_blocks, Config.VocabularySize, backend.Place.Device);
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

    /// <summary>Called before each pass with its tokens; a test lets it run out of memory.</summary>
    internal Action<int>? BeforePass { get; set; }

    /// <summary>Sums of the base's gradients since the last step, on the device.</summary>
    internal DeviceTraining? Training => _base;

    /// <inheritdoc/>
    public TokenScores Score(TokenBatch batch, ScalarHead? head, bool entropy)
    {
        Begin(batch, head);
        int T = batch.Tokens;
        List<RowGroup> groups = RowGroups.Cut(batch, _mostTokens);
        for (int i = 0; i < groups.Count; i++)
        {
            try
            {
                ScoreGroup(groups[i], head, entropy, keep: groups.Count == 1);
            }
            catch (Exception failure) when (TorchMemory.IsExhausted(failure))
            {
                Shrink(groups[i].Batch, failure);
                groups = RowGroups.Cut(batch, _mostTokens);
                i = -1;
            }
        }
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
        foreach (RowGroup group in RowGroups.Cut(batch, _pass is null ? _mostTokens : int.MaxValue))
        {
            var gradients = new ScoreGradients(group.Of(dLogProb), group.Of(dEntropy), group.Of(dScalar), Penalised: false, default);
            Learn(group, gradients);
        }
        End();
    }

    /// <inheritdoc/>
    public TokenScores ScoreAndBackward(TokenBatch batch, ReadOnlySpan<float> dLogProb)
    {
        Shape.Require(dLogProb.Length == batch.Tokens, dLogProb.Length, $"the batch's {batch.Tokens} tokens");
        Begin(batch, head: null);
        Span<float> logProb = _logProb.AsSpan(0, batch.Tokens);
        foreach (RowGroup group in RowGroups.Cut(batch, _mostTokens))
        {
            Learn(group, new ScoreGradients(group.Of(dLogProb), default, default, Penalised: true, group.Of(logProb)));
        }
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

    private static void RequireTokens(int length, TokenBatch batch) =>
        Shape.Require(length == 0 || length == batch.Tokens, length, $"0 or the batch's {batch.Tokens} tokens");

    private void Begin(TokenBatch batch, ScalarHead? head)
    {
        DropPass();
        (_batch, _head, _active) = (batch, head, Adapter is null ? null : _backend.AdapterOf(Adapter));
        if (Adapter is not null)
        {
            _adapters.Add(Adapter);
        }
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
        _pass?.Dispose();
        (_pass, _batch) = (null, null);
    }

    private TorchPass NewPass(TokenBatch batch, bool learning)
    {
        BeforePass?.Invoke(batch.Tokens);
        int none = Config.Layers + 1, lowest = !learning ? none : _base is not null ? 0 : _active is { Learns: true } ? _active.LowestLearning : none;
        return new TorchPass(_blocks, _rotary, batch, _active, new PassKeeps(lowest, !_recompute, _base is not null), Config, _backend.Place.Device);
    }

    private void ScoreGroup(RowGroup group, ScalarHead? head, bool entropy, bool keep)
    {
        TorchPass pass = NewPass(group.Batch, learning: keep);
        try
        {
            _output.Score(pass.Hidden, group.Batch, _active, group.Of(_logProb.AsSpan()), entropy ? group.Of(_entropy.AsSpan()) : default);
            if (head is not null)
            {
                TorchHead.Read(pass.Hidden, head, group.Of(_scalar.AsSpan()));
            }
            if (keep)
            {
                (_pass, pass) = (pass, null!);
            }
        }
        finally
        {
            pass?.Dispose();
        }
    }

    /// <summary>The way back through a group, in halves where memory runs out; what a failed try had added is gone.</summary>
    private void Learn(RowGroup group, ScoreGradients gradients)
    {
        try
        {
            TorchPass pass = _pass ?? NewPass(group.Batch, learning: true);
            _pass = null;
            using (pass)
            {
                BackwardPass(pass, group.Batch, gradients);
            }
            _base?.Commit();
            Learning?.Commit();
            return;
        }
        catch (Exception failure) when (TorchMemory.IsExhausted(failure))
        {
            _base?.Discard();
            Learning?.Discard();
            Shrink(group.Batch, failure);
        }
        if (!RowGroups.CanHalve(group.Batch))
        {
            Learn(group, gradients);                                  // one row: computed again in the backward pass from now on
            return;
        }
        (RowGroup first, RowGroup second) = RowGroups.Halve(group);
        int cut = first.Batch.Tokens;
        Learn(first, gradients.Part(0, cut));
        Learn(second, gradients.Part(cut, second.Batch.Tokens));
    }

    private DeviceTraining? Learning => _active is { Learns: true } ? _active.Block.Training : null;

    private void BackwardPass(TorchPass pass, TokenBatch batch, ScoreGradients gradients)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor dHidden = torch.zeros([batch.Tokens, Config.Width], ScalarType.Float32, _backend.Place.Device);
        if (!gradients.LogProb.IsEmpty || !gradients.Entropy.IsEmpty)
        {
            _output.Learn(pass.Hidden, batch, _active, gradients.LogProb, gradients.Entropy, dHidden, gradients.Penalised, gradients.Scores);
        }
        float[]? headGradient = gradients.Scalar.IsEmpty ? null : TorchHead.Backward(pass.Hidden, _head!, gradients.Scalar, dHidden);
        pass.Backward(dHidden);
        if (headGradient is not null && _head!.Training is { } training)
        {
            TorchHead.Add(headGradient, _head);
            _heads.Add(training);
        }
    }

    /// <summary>Memory ran out: from now on micro-batches have half the tokens; a single row has its blocks computed again. When that is so already, it is over.</summary>
    private void Shrink(TokenBatch batch, Exception failure)
    {
        DropKept();
        if (RowGroups.CanHalve(batch))
        {
            _mostTokens = Math.Max(1, batch.Tokens / 2);
        }
        else if (!_recompute)
        {
            _recompute = true;
        }
        else
        {
            throw new InvalidOperationException(
                $"A row of {batch.Tokens:N0} tokens does not fit into the memory of {_backend.Description}, even alone and with its blocks computed again. "
                + "Use shorter rows, bf16, an adapter instead of all weights, or another device.", failure);
        }
    }

    private void DropKept()
    {
        _pass?.Dispose();
        _pass = null;
    }
}
