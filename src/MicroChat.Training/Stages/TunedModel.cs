using MicroChat.Kernels;
using MicroChat.Model.Checkpoints;
using MicroChat.Model.Decoding;
using MicroChat.Training.Objectives;

namespace MicroChat.Training.Stages;

/// <summary>What to tune, and how.</summary>
/// <param name="Model">Folder of the model to begin with.</param>
/// <param name="Checkpoint">Checkpoint of this run to go on from; null: begin.</param>
/// <param name="Adapter">The adapter that learns; null: all weights do.</param>
/// <param name="Scored">Whether there is a scalar head: a reward model. Otherwise a policy with its reference.</param>
/// <param name="Recompute">Whether blocks are computed again in the backward pass.</param>
/// <param name="Seed">Of the fresh adapter and head.</param>
internal sealed record TuningPlan(string Model, string? Checkpoint, LoraOptions? Adapter, bool Scored, bool Recompute, int Seed);

/// <summary>
/// A base with what learns on it: an adapter or all its weights, and for a reward model a scalar head. The reference is the base with the adapter
/// off; where all weights learn, a second, frozen copy.
/// </summary>
internal sealed class TunedModel : IDisposable
{
    private const string AdapterFolder = "adapter";

    private readonly ParameterBlock _weights;
    private readonly ParameterBlock? _referenceWeights;
    private readonly IComputeBackend _backend;
    private readonly ITrainableDecoder? _reference;
    private readonly Crew _crew;
    private readonly string _base;

    public TunedModel(TuningPlan plan, Crew crew)
    {
        (_crew, _base, _backend) = (crew, plan.Model, ComputeBackends.New(crew));
        ScalarHead? head = null;
        bool full = plan.Adapter is null;
        DecoderConfig config = ConfigOf(plan.Model, plan.Scored);
        if (full && plan.Checkpoint is not null)
        {
            _weights = plan.Scored ? ScalarHeadFiles.Load(plan.Checkpoint, out head) : WeightFiles.Load(plan.Checkpoint, config);
        }
        else
        {
            _weights = LoadBase(plan.Model, config);
        }
        if (plan.Adapter is not null)
        {
            Adapter = plan.Checkpoint is null
                ? LoraAdapter.Create(config, plan.Adapter, plan.Seed)
                : AdapterFiles.Load(Path.Combine(plan.Checkpoint, AdapterFolder), config, out head);
            Adapter.Learn(crew);
        }
        Head = plan.Scored ? head ?? NewHead(config, plan.Seed) : null;
        Head?.Learn(crew);
        Decoder = _backend.NewTrainable(_weights, frozen: !full, plan.Recompute);
        Decoder.Adapter = Adapter;
        if (full && !plan.Scored)
        {
            _referenceWeights = LoadBase(plan.Model, config);
            _reference = _backend.NewTrainable(_referenceWeights, frozen: true, plan.Recompute);
        }
    }

    /// <summary>The decoder, its adapter on.</summary>
    public ITrainableDecoder Decoder { get; }

    /// <summary>The adapter that learns; null: all weights do.</summary>
    public LoraAdapter? Adapter { get; }

    /// <summary>The scalar head; null for a policy.</summary>
    public ScalarHead? Head { get; }

    /// <summary>The base without the adapter, or all weights as they are now.</summary>
    public ParameterBlock Weights => _weights;

    /// <summary>The moments of everything that learns, by the prefix of their names in a checkpoint; up to date after <see cref="Write"/>.</summary>
    public IEnumerable<(string Prefix, Optimizer Optimizer)> Moments
    {
        get
        {
            yield return ("", Adapter?.Training!.Optimizer ?? Decoder.Optimizer);
            if (Head is not null)
            {
                yield return ("head.", Head.Training!.Optimizer);
            }
        }
    }

    /// <summary>A reward model needs no output matrix: its trunk is one whose output is tied to the embedding.</summary>
    public static DecoderConfig ConfigOf(string model, bool scored)
    {
        DecoderConfig config = DecoderConfigReader.Read(model);
        return scored ? config with { TieEmbeddings = true } : config;
    }

    /// <summary>What the set-up will hold in memory.</summary>
    public static MemoryPlan Memory(TuningPlan plan, int microBatchTokens)
    {
        DecoderConfig config = ConfigOf(plan.Model, plan.Scored);
        var memory = new MemoryPlan();
        memory.AddDecoder(plan.Adapter is null ? "the model" : "the base", config, learns: plan.Adapter is null);
        if (plan.Adapter is not null)
        {
            memory.AddAdapter($"adapter of rank {plan.Adapter.Rank}", config, plan.Adapter, learns: true);
            memory.AddAdapterScratch(config, plan.Adapter, microBatchTokens);
            memory.AddDecoder("merged copy while a checkpoint is written", config, learns: false);
        }
        else if (!plan.Scored)
        {
            memory.AddDecoder("the reference", config, learns: false);
        }
        if (plan.Scored)
        {
            memory.AddHead("scalar head", config, learns: true);
        }
        memory.AddActivations(config, microBatchTokens, plan.Recompute);
        return memory;
    }

    /// <summary>log p(target) of the reference, (T); the pass of the policy is lost.</summary>
    public double[] ReferenceLogProb(TokenBatch batch)
    {
        if (_reference is not null)
        {
            return Precision.Widen(_reference.Score(batch, head: null, entropy: false).LogProb);
        }
        Decoder.Adapter = null;
        double[] logProb = Precision.Widen(Decoder.Score(batch, head: null, entropy: false).LogProb);
        Decoder.Adapter = Adapter;
        return logProb;
    }

    /// <summary>The weights that speak as base and adapter do together; the caller disposes them.</summary>
    public ParameterBlock Merged()
    {
        Decoder.ReadBack();
        ParameterBlock merged = Copy(_weights, _weights.Config);
        Adapter?.MergeInto(merged, _crew);
        return merged;
    }

    /// <summary>Writes a complete model folder in float32, and the adapter by itself in a folder of its own in it.</summary>
    public void Write(string folder, ModelText text)
    {
        using ParameterBlock merged = Merged();
        if (Head is null)
        {
            TrainingCheckpoint.WriteModel(folder, merged, TensorType.F32, text.WriteAssets);
        }
        else
        {
            text.WriteAssets(folder);
            ScalarHeadFiles.Save(folder, merged, Head, TensorType.F32, text.Fingerprint);
        }
        if (Adapter is not null)
        {
            AdapterFiles.Save(Path.Combine(folder, AdapterFolder), Adapter, Head, _base, text.Fingerprint);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Decoder.Dispose();
        _reference?.Dispose();
        Adapter?.Dispose();
        Head?.Dispose();
        _backend.Dispose();
        _referenceWeights?.Dispose();
        _weights.Dispose();
    }

    private static ScalarHead NewHead(DecoderConfig config, int seed)
    {
        var head = new ScalarHead(config);
        head.InitializeReward(seed);
        return head;
    }

    private static ParameterBlock LoadBase(string model, DecoderConfig wanted)
    {
        DecoderConfig config = DecoderConfigReader.Read(model);
        ParameterBlock weights = WeightFiles.Load(model, config);
        if (config.TieEmbeddings == wanted.TieEmbeddings)
        {
            return weights;
        }
        using (weights)
        {
            return Copy(weights, wanted);
        }
    }

    private static ParameterBlock Copy(ParameterBlock from, DecoderConfig config)
    {
        var copy = new ParameterBlock(config);
        foreach (Parameter parameter in copy.Parameters)
        {
            from[parameter.Name].CopyTo(copy[parameter]);
        }
        return copy;
    }
}
