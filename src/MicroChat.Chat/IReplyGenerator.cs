using MicroChat.Model.Sampling;
using MicroChat.Model.Templates;

namespace MicroChat.Chat;

/// <summary>A loaded model that continues a conversation: template, tokenizer, decoder and sampler behind one call.</summary>
public interface IReplyGenerator : IDisposable
{
    /// <summary>What is loaded.</summary>
    public ModelCard Info { get; }

    /// <summary>Tokens that these turns take as a prompt, the template's own and the opening of the reply included.</summary>
    /// <param name="turns">Oldest first; a system turn, if any, comes first.</param>
    public int CountTokens(IReadOnlyList<ChatTurn> turns);

    /// <summary>Streams the reply to the last turn.</summary>
    /// <remarks>
    /// The last piece, and only it, has a <see cref="ReplyPiece.FinishReason"/> and a <see cref="ReplyPiece.Usage"/>.
    /// A piece never ends inside a UTF-8 character, and text of a stop string is never emitted.
    /// Cancelling throws <see cref="OperationCanceledException"/> before the next token.
    /// </remarks>
    public IAsyncEnumerable<ReplyPiece> GenerateAsync(ReplyRequest request, CancellationToken cancellationToken);
}

/// <summary>One reply that is wanted.</summary>
/// <param name="Turns">The conversation, oldest first; the last turn is the user's.</param>
/// <param name="Sampling">How tokens are chosen, and when to stop.</param>
public sealed record ReplyRequest(IReadOnlyList<ChatTurn> Turns, SamplingOptions Sampling);

/// <summary>What one decoded token adds to a reply.</summary>
/// <param name="Text">New text; empty while a character or a possible stop string is incomplete.</param>
/// <param name="TokenId">The token; null when the piece only flushes held-back text.</param>
/// <param name="LogProbability">Natural logarithm of the token's probability under the distribution it was drawn from; null without a token.</param>
/// <param name="FinishReason">Set on the last piece.</param>
/// <param name="Usage">Set on the last piece.</param>
public sealed record ReplyPiece(
    string Text, int? TokenId, float? LogProbability, ReplyFinish? FinishReason = null, ReplyUsage? Usage = null);

/// <summary>Why a reply ended.</summary>
public enum ReplyFinish
{
    /// <summary>The model said that it is done.</summary>
    EndOfText,

    /// <summary>A stop string appeared.</summary>
    StopString,

    /// <summary>The longest reply or the end of the context was reached.</summary>
    Length,
}

/// <summary>Tokens that a reply cost.</summary>
/// <param name="PromptTokens">Tokens of the prompt.</param>
/// <param name="CachedTokens">How many of them were in the cache already.</param>
/// <param name="ReplyTokens">Tokens of the reply, the end token included.</param>
public sealed record ReplyUsage(int PromptTokens, int CachedTokens, int ReplyTokens);

/// <summary>What there is to know about a loaded model.</summary>
public sealed record ModelCard
{
    /// <summary>Name and version, as written into feedback and API replies.</summary>
    public required string Name { get; init; }

    /// <summary>Longest prompt plus reply. Unit: tokens.</summary>
    public required int ContextTokens { get; init; }

    /// <summary>Number of weights.</summary>
    public required long Parameters { get; init; }

    /// <summary>What the model's own generation_config.json asks for; requests override single values.</summary>
    public required SamplingOptions Sampling { get; init; }
}
