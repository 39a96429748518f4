using MicroChat.Kernels;

namespace MicroChat.Model.Decoding;

/// <summary>
/// Memory for the activations of one training pass; grows to the largest batch. Several decoders may share one (policy, reference, reward,
/// value with weights of their own): between a decoder's Score and its Backward no other may score.
/// </summary>
/// <param name="recompute">
/// Whether a block keeps only its input and is computed again in the backward pass (Chen et al. 2016, arXiv:1604.06174): about a third
/// more work, and room for rows several times as long.
/// </param>
public sealed class TrainingWorkspace(bool recompute = false) : IDisposable
{
    private ITrainableDecoder? _owner;

    /// <summary>Whether blocks are computed again in the backward pass.</summary>
    public bool Recomputes => recompute;

    internal TrainingActivations? Activations { get; private set; }

    /// <inheritdoc/>
    public void Dispose() => Activations?.Dispose();

    /// <summary>The activations, with room for this batch; whoever had them before has lost its pass.</summary>
    internal TrainingActivations Claim(ITrainableDecoder owner, int tokens)
    {
        _owner = owner;
        if (Activations is null || Activations.Tokens < tokens || !Activations.Sizes.Config.HasShapeOf(owner.Config))
        {
            int room = Math.Max(tokens, Activations?.Tokens ?? 0);
            Activations?.Dispose();
            Activations = new TrainingActivations(new ActivationSizes(owner.Config, room), recompute);
        }
        return Activations;
    }

    internal bool IsOf(ITrainableDecoder owner) => ReferenceEquals(_owner, owner);
}
