using MicroChat.Kernels;

namespace MicroChat.Model.Decoding;

/// <summary>The managed decoders: float32 on the CPU.</summary>
public sealed class ManagedBackend : IComputeBackend
{
    private readonly Crew _crew;
    private readonly bool _ownsCrew;
    private readonly TrainingWorkspace _kept = new();
    private readonly TrainingWorkspace _recomputed = new(recompute: true);

    /// <summary>A backend with threads that the caller owns.</summary>
    public ManagedBackend(Crew crew)
    {
        _crew = crew;
    }

    /// <summary>A backend with threads of its own.</summary>
    public ManagedBackend(int threads)
    {
        (_crew, _ownsCrew) = (new Crew(threads), true);
    }

    /// <inheritdoc/>
    public string Description => $"the built-in kernels, {_crew.Members} thread(s), float32";

    /// <inheritdoc/>
    public long AvailableBytes => MemoryPlan.AvailableBytes();

    /// <inheritdoc/>
    public IDecoder NewDecoder(ParameterBlock weights, int stepTokens) => new Decoder(weights, _crew, stepTokens);

    /// <inheritdoc/>
    public ITrainableDecoder NewTrainable(ParameterBlock weights, bool frozen, bool recompute) =>
        new TrainableDecoder(weights, _crew, frozen, recompute ? _recomputed : _kept);

    /// <inheritdoc/>
    public void Dispose()
    {
        _kept.Dispose();
        _recomputed.Dispose();
        if (_ownsCrew)
        {
            _crew.Dispose();
        }
    }
}
