namespace MicroChat.Model.Decoding;

/// <summary>
/// What every objective needs of a decoder: per-token scores, and the way back from gradients of these scores to gradients of the weights
/// (DESIGN §4). Not thread-safe.
/// </summary>
public interface ITrainableDecoder : IDisposable
{
    /// <summary>The model's shape.</summary>
    public DecoderConfig Config { get; }

    /// <summary>Updates made so far: of the base where it learns, else of the adapter.</summary>
    public long Steps { get; }

    /// <summary>The adapter on the base, or null: the base alone, which is the reference policy. Changes take effect with the next pass.</summary>
    /// <exception cref="ArgumentException">The adapter was made for another shape.</exception>
    /// <exception cref="InvalidOperationException">The base learns: what an adapter means would move with it.</exception>
    public LoraAdapter? Adapter { get; set; }

    /// <summary>Divides the logits before the softmax, in log-probabilities, entropies and their gradients; above 0. Sampling at this temperature draws from the distribution that is scored.</summary>
    public float Temperature { get; set; }

    /// <summary>What <see cref="ScoreAndBackward"/> adds to −log p of each target; its log-probabilities stay plain. Nothing unless set.</summary>
    /// <exception cref="ArgumentException">The smoothing is no share from 0 to below 1, or the z-loss no number of 0 or more.</exception>
    public OutputPenalties Penalties { get; set; }

    /// <summary>Runs the batch and keeps its activations for <see cref="Backward"/>. Positions without a target cost no logits.</summary>
    /// <param name="batch">Tokens and targets.</param>
    /// <param name="head">A scalar head to read, or null.</param>
    /// <param name="entropy">Whether entropies are wanted.</param>
    /// <returns>Views that hold until the next call on the decoder.</returns>
    public TokenScores Score(TokenBatch batch, ScalarHead? head, bool entropy);

    /// <summary>
    /// Adds what dL/dlogp, dL/dentropy and dL/dscalar of the last <see cref="Score"/> give to the gradients of everything that learns: the base,
    /// the adapter that was on, the head. Empty spans are zero.
    /// </summary>
    /// <param name="dLogProb">(T) or empty.</param>
    /// <param name="dEntropy">(T) or empty.</param>
    /// <param name="dScalar">(T) or empty.</param>
    /// <exception cref="ArgumentException">A span has another length than the batch. Nothing was written.</exception>
    /// <exception cref="InvalidOperationException">There was no such pass, or another decoder has used the workspace since.</exception>
    public void Backward(ReadOnlySpan<float> dLogProb, ReadOnlySpan<float> dEntropy, ReadOnlySpan<float> dScalar);

    /// <summary>
    /// Score and Backward in one pass for losses whose dL/dlogp is known beforehand (cross entropy, with its <see cref="Penalties"/>): the output matrix is multiplied once less.
    /// </summary>
    public TokenScores ScoreAndBackward(TokenBatch batch, ReadOnlySpan<float> dLogProb);

    /// <summary>
    /// Clips by the norm over everything that learns and that a backward pass reached since the last step (the base always), updates it,
    /// clears the gradients.
    /// </summary>
    /// <returns>The gradient norm before clipping. When it is not finite nothing was updated, but the gradients are cleared.</returns>
    public double Step(float learningRate, OptimizerOptions options);

    /// <summary>The base. What <see cref="Step"/> changed stands in it after <see cref="ReadBack"/>.</summary>
    public ParameterBlock Weights { get; }

    /// <summary>The base's moments and their step count. What <see cref="Step"/> changed stands in them after <see cref="ReadBack"/>.</summary>
    /// <exception cref="InvalidOperationException">The base is frozen.</exception>
    public Optimizer Optimizer { get; }

    /// <summary>
    /// Brings weights and moments of everything that learned here into the blocks of base and adapter, to be saved, merged or compared. A decoder
    /// that computes on these blocks themselves has nothing to do.
    /// </summary>
    public void ReadBack();

    /// <summary>Takes over what the caller wrote into the blocks of base and adapter: weights and moments of a checkpoint.</summary>
    public void Reload();
}

/// <summary>Per-token results of <see cref="ITrainableDecoder.Score"/>, each (T).</summary>
public readonly ref struct TokenScores
{
    /// <summary>log p(target), 0 where there is no target. Unit: nats.</summary>
    public ReadOnlySpan<float> LogProb { get; init; }

    /// <summary>Entropy of the distribution at positions with a target, else 0; empty when not asked for. Unit: nats.</summary>
    public ReadOnlySpan<float> Entropy { get; init; }

    /// <summary>Output of the scalar head at every position; empty without one.</summary>
    public ReadOnlySpan<float> Scalar { get; init; }
}
