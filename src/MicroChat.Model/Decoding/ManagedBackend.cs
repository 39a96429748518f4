using MicroChat.Kernels;

namespace MicroChat.Model.Decoding;

/// <summary>The managed decoders: float32 on the CPU, with threads that the caller owns.</summary>
public sealed class ManagedBackend(Crew crew) : IComputeBackend
{
    private readonly TrainingWorkspace _kept = new();
    private readonly TrainingWorkspace _recomputed = new(recompute: true);

    /// <inheritdoc/>
    public string Description => $"CPU, {crew.Members} thread(s), float32";

    /// <inheritdoc/>
    public long AvailableBytes => MemoryPlan.AvailableBytes();

    /// <inheritdoc/>
    public IDecoder NewDecoder(ParameterBlock weights, int stepTokens) => new Decoder(weights, crew, stepTokens);

    /// <inheritdoc/>
    public ITrainableDecoder NewTrainable(ParameterBlock weights, bool frozen, bool recompute) =>
        new TrainableDecoder(weights, crew, frozen, recompute ? _recomputed : _kept);

    /// <inheritdoc/>
    public void Dispose()
    {
        _kept.Dispose();
        _recomputed.Dispose();
    }
}
