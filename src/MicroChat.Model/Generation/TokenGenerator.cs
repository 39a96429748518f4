using MicroChat.Model.Decoding;
using MicroChat.Model.Sampling;

namespace MicroChat.Model.Generation;

/// <summary>Why a reply ended.</summary>
public enum FinishReason
{
    /// <summary>The model ended it, or a stop string was found.</summary>
    Stop,

    /// <summary>The reply reached its token limit or the context's end.</summary>
    Length,

    /// <summary>Every token was banned by the options.</summary>
    NothingLeft,
}

/// <summary>
/// Generates tokens for one sequence at a time and keeps its cache: a prompt that begins with what was computed before
/// (system prompt, earlier turns) costs only its new tokens.
/// </summary>
public sealed class TokenGenerator : IDisposable
{
    private readonly IDecoder _decoder;
    private readonly KeyValueCache _cache;
    private readonly List<int> _cached = [];
    private readonly int[] _borders = new int[2];
    private readonly KeyValueCache[] _caches;

    /// <summary>A generator for sequences of at most <paramref name="contextTokens"/> tokens; the decoder stays the caller's.</summary>
    public TokenGenerator(IDecoder decoder, int contextTokens)
    {
        _decoder = decoder;
        _cache = decoder.NewCache(contextTokens);
        _caches = [_cache];
    }

    /// <summary>Longest prompt plus reply. Unit: tokens.</summary>
    public int ContextTokens => _cache.Slots;

    /// <summary>Why the last reply ended.</summary>
    public FinishReason Finish { get; private set; }

    /// <summary>Tokens of the last prompt that were found in the cache.</summary>
    public int ReusedTokens { get; private set; }

    /// <summary>Yields the reply's tokens one by one; tokens that end a reply are not yielded. Stopping early is fine.</summary>
    /// <param name="prompt">At least one token, fewer than <see cref="ContextTokens"/>.</param>
    /// <param name="options">How to sample, and the longest reply.</param>
    /// <param name="draws">Chance.</param>
    /// <exception cref="ArgumentException">The prompt does not fit the context.</exception>
    public IEnumerable<GeneratedToken> Generate(int[] prompt, SamplingOptions options, SeededDraws draws)
    {
        if (prompt.Length == 0 || prompt.Length >= ContextTokens)
        {
            throw new ArgumentException($"The prompt has {prompt.Length} tokens; it must have 1 to {ContextTokens - 1}. Shorten the history or the message.", nameof(prompt));
        }
        return Run(prompt, options, draws);
    }

    /// <inheritdoc/>
    public void Dispose() => _cache.Dispose();

    private IEnumerable<GeneratedToken> Run(int[] prompt, SamplingOptions options, SeededDraws draws)
    {
        var sampler = new Sampler(options, _decoder.Config.VocabularySize);
        int limit = Math.Min(options.MaxReplyTokens, ContextTokens - prompt.Length);
        int[] reply = new int[limit];
        Finish = FinishReason.Length;
        Prefill(prompt);
        for (int count = 0; count < limit; count++)
        {
            int token = _decoder.Sample(0, sampler, prompt, reply.AsSpan(0, count), draws.NextDouble(), out float logProb);
            if (token == Sampler.NothingLeft || _decoder.Config.EndTokenIds.Contains(token))
            {
                Finish = token == Sampler.NothingLeft ? FinishReason.NothingLeft : FinishReason.Stop;
                yield break;
            }
            reply[count] = token;
            yield return new GeneratedToken(token, logProb);
            if (count + 1 < limit)
            {
                Feed(reply.AsSpan(count, 1));
            }
        }
    }

    /// <summary>Computes what the cache does not hold yet, at least the last token, whose logits are needed.</summary>
    private void Prefill(int[] prompt)
    {
        int same = 0;
        while (same < Math.Min(_cached.Count, prompt.Length - 1) && _cached[same] == prompt[same])
        {
            same++;
        }
        ReusedTokens = same;
        _cache.Truncate(same);
        _cached.RemoveRange(same, _cached.Count - same);
        for (int at = same; at < prompt.Length; at += _decoder.StepTokens)
        {
            Feed(prompt.AsSpan(at, Math.Min(_decoder.StepTokens, prompt.Length - at)));
        }
    }

    private void Feed(ReadOnlySpan<int> tokens)
    {
        _borders[1] = tokens.Length;
        _decoder.Forward(tokens, _borders, _caches);
        foreach (int token in tokens)
        {
            _cached.Add(token);
        }
    }
}

/// <summary>One token of a reply.</summary>
/// <param name="Id">The token.</param>
/// <param name="LogProb">Its log-probability in the distribution that it was drawn from. Unit: nats.</param>
public readonly record struct GeneratedToken(int Id, float LogProb);
