using MicroChat.Model.Sampling;

namespace MicroChat.Chat.Serving;

/// <summary>One reply in the making: prompt, tokens so far, its cache and its way to the reader. The engine's thread works on it.</summary>
internal sealed class ReplySequence
{
    private readonly SeededDraws _draws;
    private readonly int[] _reply;
    private volatile bool _abandoned;
    private bool _holdsPlace;

    public ReplySequence(ReplyRequest request, int[] prompt, long seed, ServingModel model, EngineOptions options)
    {
        Prompt = prompt;
        User = request.User;
        Seed = seed;
        Sampler = new Sampler(request.Sampling, model.Decoder.Config.VocabularySize);
        _draws = new SeededDraws(unchecked((ulong)seed), sequence: 0);
        _reply = new int[Math.Min(request.Sampling.MaxReplyTokens, model.Card.ContextTokens - prompt.Length)];
        Alternatives = request.TopLogProbabilities ?? 0;
        Channel = new TokenChannel(Math.Min(options.BufferedTokens, _reply.Length), Alternatives);
    }

    public int[] Prompt { get; }

    public string? User { get; }

    public long Seed { get; }

    public Sampler Sampler { get; }

    public TokenChannel Channel { get; }

    /// <summary>Alternatives per token that are wanted.</summary>
    public int Alternatives { get; }

    /// <summary>Slots that prompt and longest reply take; the last token is never fed. Unit: tokens.</summary>
    public int MostTokens => Prompt.Length + _reply.Length - 1;

    /// <summary>Tokens chosen so far.</summary>
    public ReadOnlyMemory<int> Reply => _reply.AsMemory(0, ReplyTokens);

    public int ReplyTokens { get; private set; }

    /// <summary>Whether the reply has its longest length.</summary>
    public bool IsFull => ReplyTokens == _reply.Length;

    /// <summary>Whose share it runs on; set when it is queued.</summary>
    public UserShare? Share { get; set; }

    /// <summary>The model it runs on; set when it is queued.</summary>
    public ModelRunner? Runner { get; set; }

    /// <summary>Its keys and values while it runs.</summary>
    public PrefixEntry? Entry { get; set; }

    /// <summary>Tokens that are known but not in the cache. Unit: tokens.</summary>
    public int Pending => Prompt.Length + ReplyTokens - Entry!.Cache.Seen;

    /// <summary>Whether the reply has begun, so that each step adds a token.</summary>
    public bool IsDecoding => ReplyTokens > 0;

    /// <summary>Whether it waits for another that computes the same prompt.</summary>
    public bool IsHeld { get; set; }

    /// <summary>Tokens of the prompt that came from other sequences' caches.</summary>
    public int CachedTokens { get; set; }

    /// <summary>Timestamps of the engine's clock.</summary>
    public long QueuedAt { get; set; }

    public long StartedAt { get; set; }

    public long FirstTokenAt { get; set; }

    /// <summary>Since when it waits for its reader; null: it does not.</summary>
    public long? StalledAt { get; set; }

    /// <summary>The place in the queue that was told last.</summary>
    public int ToldPosition { get; set; }

    /// <summary>Whether nobody wants it any more.</summary>
    public bool IsAbandoned => _abandoned;

    /// <summary>Asks the engine to drop it; any thread.</summary>
    public void Abandon() => _abandoned = true;

    /// <summary>The token at a position of prompt and reply.</summary>
    public int TokenAt(int position) => position < Prompt.Length ? Prompt[position] : _reply[position - Prompt.Length];

    /// <summary>Takes one of its user's places, or gives it up; under the engine's lock.</summary>
    public void HoldPlace(bool holds)
    {
        Share!.Running += (holds ? 1 : 0) - (_holdsPlace ? 1 : 0);
        _holdsPlace = holds;
    }

    public double NextDraw() => _draws.NextDouble();

    public void Add(int token) => _reply[ReplyTokens++] = token;
}
