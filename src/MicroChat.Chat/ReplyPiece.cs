namespace MicroChat.Chat;

/// <summary>What one step adds to a reply: usually one token.</summary>
/// <param name="Text">New text; empty while a character or a possible stop string is incomplete.</param>
/// <param name="TokenId">The token; null when the piece holds none.</param>
/// <param name="LogProbability">Natural logarithm of the token's probability under the distribution it was drawn from; null without a token.</param>
/// <param name="FinishReason">Set on the last piece.</param>
/// <param name="Usage">Set on the last piece.</param>
public sealed record ReplyPiece(
    string Text, int? TokenId, float? LogProbability, ReplyFinish? FinishReason = null, ReplyUsage? Usage = null)
{
    /// <summary>Set on the pieces that come while the request waits; such a piece holds nothing else.</summary>
    public QueueStatus? Queue { get; init; }

    /// <summary>Set on the piece with which work on the reply begins; such a piece holds nothing else.</summary>
    public ReplyStart? Start { get; init; }

    /// <summary>The token and its rivals under the model itself; null unless <see cref="ReplyRequest.TopLogProbabilities"/> asked.</summary>
    public TokenChoice? Choice { get; init; }
}

/// <summary>Where a waiting request stands.</summary>
/// <param name="Position">Requests that start before this one, and this one: 1 is next.</param>
/// <param name="EstimatedWait">Until it starts, from the pace so far; null: nothing has ended yet to measure it by.</param>
public sealed record QueueStatus(int Position, TimeSpan? EstimatedWait);

/// <summary>What a reply was made from; with the sampling options this repeats it.</summary>
/// <param name="PromptIds">The exact prompt, (T).</param>
/// <param name="Model">The model that replies, also when another is swapped in meanwhile.</param>
/// <param name="Seed">The seed that was asked for, or the fresh one that was taken.</param>
public sealed record ReplyStart(IReadOnlyList<int> PromptIds, ModelCard Model, long Seed);

/// <summary>A token that was chosen, and the most probable ones in its place, all under the model itself: temperature 1, nothing biased or cut off.</summary>
/// <param name="Chosen">The token of the piece.</param>
/// <param name="Top">As many as were asked for, the most probable first.</param>
public sealed record TokenChoice(TokenProbability Chosen, IReadOnlyList<TokenProbability> Top);

/// <summary>One token and how probable it was.</summary>
/// <param name="Id">The token.</param>
/// <param name="Text">Its text alone; U+FFFD in it stands for part of a character.</param>
/// <param name="LogProbability">Natural logarithm of its probability.</param>
public readonly record struct TokenProbability(int Id, string Text, float LogProbability);

/// <summary>Why a reply ended.</summary>
public enum ReplyFinish
{
    /// <summary>The model said that it is done.</summary>
    EndOfText,

    /// <summary>A stop string appeared.</summary>
    StopString,

    /// <summary>The longest reply or the end of the context was reached.</summary>
    Length,

    /// <summary>It was ended from outside before it was done: the service stops, or its reader stood still for too long.</summary>
    Interrupted,
}

/// <summary>Tokens that a reply cost.</summary>
/// <param name="PromptTokens">Tokens of the prompt.</param>
/// <param name="CachedTokens">How many of them were in the cache already.</param>
/// <param name="ReplyTokens">Tokens of the reply, the end token included.</param>
public sealed record ReplyUsage(int PromptTokens, int CachedTokens, int ReplyTokens);
