using MicroChat.Kernels;
using MicroChat.Model.Sampling;

namespace MicroChat.Model.Decoding;

/// <summary>Runs new tokens of many sequences at once against their caches. Not thread-safe: one caller at a time.</summary>
public interface IDecoder : IDisposable
{
    /// <summary>The model's shape.</summary>
    public DecoderConfig Config { get; }

    /// <summary>Most new tokens that one <see cref="Forward"/> takes over all sequences. Unit: tokens.</summary>
    public int StepTokens { get; }

    /// <summary>An empty cache for one sequence of at most <paramref name="slots"/> tokens.</summary>
    public KeyValueCache NewCache(int slots);

    /// <summary>
    /// Appends new tokens to every sequence and computes the logits of each one's last token, which stay where the decoder lives.
    /// Each sequence runs with the adapter that its cache names: the base and several adapters may share a step.
    /// </summary>
    /// <param name="ids">New tokens of all sequences, end to end.</param>
    /// <param name="rowStarts">B + 1 borders: sequence b's tokens are ids[rowStarts[b] .. rowStarts[b + 1]); none may be empty.</param>
    /// <param name="caches">One cache per sequence, each with room for its new tokens.</param>
    /// <exception cref="ArgumentException">A shape does not fit, a token is outside the vocabulary or a cache is full. Nothing was written.</exception>
    public void Forward(ReadOnlySpan<int> ids, ReadOnlySpan<int> rowStarts, ReadOnlySpan<KeyValueCache> caches);

    /// <summary>Draws sequence <paramref name="sequence"/>'s next token from the logits of the last <see cref="Forward"/>, which the sampler overwrites.</summary>
    /// <param name="sequence">Index b in the last step.</param>
    /// <param name="sampler">Options and scratch of that sequence.</param>
    /// <param name="prompt">Tokens before the reply, for the repetition penalty.</param>
    /// <param name="generated">Tokens of the reply so far.</param>
    /// <param name="draw">Uniform in [0, 1); comes from the caller.</param>
    /// <param name="logProb">Log-probability of the token in the distribution that it was drawn from. Unit: nats.</param>
    /// <returns>The token, or −1 when every token is banned.</returns>
    public int Sample(int sequence, Sampler sampler, ReadOnlySpan<int> prompt, ReadOnlySpan<int> generated, double draw, out float logProb);

    /// <summary>Copies the V logits of sequence <paramref name="sequence"/>'s last token out of the decoder; before <see cref="Sample"/>.</summary>
    public void ReadLogits(int sequence, Span<float> destination);

    /// <summary>Draws the next tokens of several sequences of the last step, each as <see cref="Sample(int, Sampler, ReadOnlySpan{int}, ReadOnlySpan{int}, double, out float)"/> would: where the decoder lives far away, in one journey.</summary>
    /// <param name="requests">Different sequences.</param>
    /// <param name="results">As many; a failure is that sequence's alone.</param>
    /// <exception cref="ArgumentException">There are not as many results as requests.</exception>
    public void Sample(ReadOnlySpan<SampleRequest> requests, Span<SampledToken> results)
    {
        Shape.Require(results.Length == requests.Length, results.Length, $"the {requests.Length} requests");
        for (int i = 0; i < requests.Length; i++)
        {
            SampleRequest r = requests[i];
            try
            {
                int token = Sample(r.Sequence, r.Sampler, r.Prompt.Span, r.Generated.Span, r.Draw, out float logProb);
                results[i] = new SampledToken(token, logProb, null);
            }
            catch (Exception failure) // handed to whom it concerns: the others' tokens are good
            {
                results[i] = new SampledToken(Sampler.NothingLeft, float.NaN, failure);
            }
        }
    }
}

/// <summary>What a sequence's next token is drawn with.</summary>
/// <param name="Sequence">Index b in the last step.</param>
/// <param name="Sampler">Options and scratch of that sequence.</param>
/// <param name="Prompt">Tokens before the reply.</param>
/// <param name="Generated">Tokens of the reply so far.</param>
/// <param name="Draw">Uniform in [0, 1).</param>
public readonly record struct SampleRequest(int Sequence, Sampler Sampler, ReadOnlyMemory<int> Prompt, ReadOnlyMemory<int> Generated, double Draw);

/// <summary>A drawn token.</summary>
/// <param name="Token">The token, or −1 when every token is banned.</param>
/// <param name="LogProb">Its log-probability in the distribution that it was drawn from. Unit: nats.</param>
/// <param name="Failure">Why there is none; null: there is.</param>
public readonly record struct SampledToken(int Token, float LogProb, Exception? Failure);
