namespace MicroChat.Model.Decoding;

/// <summary>
/// What every objective needs of a decoder: per-token scores, and the way back from gradients of these scores to gradients of the weights
/// (DESIGN §4). Not thread-safe.
/// </summary>
public interface ITrainableDecoder : IDisposable
{
    /// <summary>The model's shape.</summary>
    public DecoderConfig Config { get; }

    /// <summary>Updates made so far.</summary>
    public long Steps { get; }

    /// <summary>Runs the batch and keeps its activations for <see cref="Backward"/>.</summary>
    /// <param name="batch">Tokens and targets.</param>
    /// <param name="head">A scalar head to read, or null.</param>
    /// <param name="entropy">Whether entropies are wanted.</param>
    /// <returns>Views that hold until the next call on the decoder.</returns>
    public TokenScores Score(TokenBatch batch, ScalarHead? head, bool entropy);

    /// <summary>Adds to the gradients what dL/dlogp, dL/dentropy and dL/dscalar of the last <see cref="Score"/> give. Empty spans are zero.</summary>
    public void Backward(ReadOnlySpan<float> dLogProb, ReadOnlySpan<float> dEntropy, ReadOnlySpan<float> dScalar);

    /// <summary>
    /// Score and Backward in one pass for losses whose dL/dlogp is known beforehand (cross entropy): the output matrix is multiplied once less.
    /// </summary>
    public TokenScores ScoreAndBackward(TokenBatch batch, ReadOnlySpan<float> dLogProb);

    /// <summary>Clips by the global norm, updates the weights, clears the gradients.</summary>
    /// <returns>The gradient norm before clipping. When it is not finite nothing was updated, but the gradients are cleared.</returns>
    public double Step(float learningRate, OptimizerOptions options);
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

/// <summary>A linear read-out of the final hidden state: one number per token (a reward or a value).</summary>
/// <param name="width">C: channels of the decoder.</param>
public sealed class ScalarHead(int width)
{
    /// <summary>(C).</summary>
    public float[] Weight { get; } = new float[width];

    /// <summary>(C), added to by Backward, cleared by whoever steps the head.</summary>
    public float[] Gradient { get; } = new float[width];
}
