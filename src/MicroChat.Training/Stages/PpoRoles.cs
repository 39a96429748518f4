using MicroChat.Kernels;
using MicroChat.Model.Decoding;

namespace MicroChat.Training.Stages;

/// <summary>
/// Policy, value head and reference, and the place where reward models run. With adapters all share one base in memory: the reference is the
/// adapter switched off. With full fine-tuning the policy is the base itself, and a frozen copy of its beginning is the reference.
/// </summary>
public sealed class PpoRoles : IDisposable
{
    private readonly ParameterBlock? _copy;
    private readonly bool _recompute;

    /// <summary>The roles at the beginning of a run.</summary>
    /// <param name="weights">The base, which stays the caller's; full fine-tuning changes it.</param>
    /// <param name="adapter">Shape of the policy's adapter; null: full fine-tuning.</param>
    /// <param name="seed">Seed of the fresh adapter.</param>
    /// <param name="recompute">Whether blocks are computed again in the backward pass.</param>
    /// <param name="crew">Threads.</param>
    public PpoRoles(ParameterBlock weights, LoraOptions? adapter, int seed, bool recompute, Crew crew)
    {
        (_recompute, Backend) = (recompute, ComputeBackends.New(crew));
        Policy = Backend.NewTrainable(weights, frozen: adapter is not null, recompute);
        Value = new ScalarHead(weights.Config);
        Value.Learn(crew);
        if (adapter is null)
        {
            _copy = Copy(weights);
            Frozen = Backend.NewTrainable(_copy, frozen: true, recompute);
            return;
        }
        Frozen = Policy;
        Adapter = LoraAdapter.Create(weights.Config, adapter, seed);
        Adapter.Learn(crew);
        Policy.Adapter = Adapter;
    }

    /// <summary>What learns, with its adapter on.</summary>
    public ITrainableDecoder Policy { get; }

    /// <summary>The policy's adapter; null with full fine-tuning.</summary>
    public LoraAdapter? Adapter { get; }

    /// <summary>What the policy expects to earn; reads the policy's own hidden states and begins at zero.</summary>
    public ScalarHead Value { get; }

    /// <summary>The weights that the run began with: reference, and trunk of reward models that are adapters.</summary>
    public ITrainableDecoder Frozen { get; }

    /// <summary>Where the roles compute; rollouts, and reward models with weights of their own, do so too.</summary>
    public IComputeBackend Backend { get; }

    /// <summary>Moments of the policy: the adapter's, or the base's.</summary>
    public Optimizer PolicyOptimizer => Adapter?.Training!.Optimizer ?? Policy.Optimizer;

    /// <summary>What the policy's updates change.</summary>
    public ParameterBlock PolicyWeights => Adapter?.Weights ?? Policy.Weights;

    /// <summary>Scores a batch by the reference.</summary>
    public TokenScores ScoreReference(TokenBatch batch)
    {
        if (ReferenceEquals(Frozen, Policy))
        {
            Policy.Adapter = null;
        }
        try
        {
            return Frozen.Score(batch, head: null, entropy: false);
        }
        finally
        {
            if (ReferenceEquals(Frozen, Policy))
            {
                Policy.Adapter = Adapter;
            }
        }
    }

    /// <summary>A decoder that only scores, over weights that the caller owns.</summary>
    public ITrainableDecoder NewScorer(ParameterBlock weights) => Backend.NewTrainable(weights, frozen: true, _recompute);

    /// <summary>A copy of the policy as weights alone, its adapter merged in: what serves without knowing how it was trained. The caller disposes it.</summary>
    public ParameterBlock Merged(Crew crew)
    {
        Policy.ReadBack();
        ParameterBlock merged = Copy(Policy.Weights);
        Adapter?.MergeInto(merged, crew);
        return merged;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Policy.Dispose();
        if (!ReferenceEquals(Frozen, Policy))
        {
            Frozen.Dispose();
        }
        Adapter?.Dispose();
        Value.Dispose();
        _copy?.Dispose();
        Backend.Dispose();
    }

    private static ParameterBlock Copy(ParameterBlock weights)
    {
        ParameterBlock copy = weights.NewLike();
        foreach (Parameter parameter in weights.Parameters)
        {
            weights[parameter].CopyTo(copy[parameter]);
        }
        return copy;
    }
}
