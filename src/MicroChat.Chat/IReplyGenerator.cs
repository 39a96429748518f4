using MicroChat.Model.Templates;

namespace MicroChat.Chat;

/// <summary>A loaded model that continues a conversation: template, tokenizer, decoder and sampler behind one call.</summary>
public interface IReplyGenerator : IDisposable
{
    /// <summary>What is loaded; where the model can be swapped, the one that new requests get.</summary>
    public ModelCard Info { get; }

    /// <summary>Tokens that these turns take as a prompt, the template's own and the opening of the reply included.</summary>
    /// <param name="turns">Oldest first; a system turn, if any, comes first.</param>
    public int CountTokens(IReadOnlyList<ChatTurn> turns);

    /// <summary>Streams the reply to the last turn, or the continuation of a text.</summary>
    /// <remarks>
    /// First, while the request waits for its turn, come pieces with a <see cref="ReplyPiece.Queue"/>; then one with a
    /// <see cref="ReplyPiece.Start"/>; then one per token, a few of which may hold no text. The last piece, and only it, has a
    /// <see cref="ReplyPiece.FinishReason"/> and a <see cref="ReplyPiece.Usage"/>.
    /// A piece never ends inside a UTF-8 character, and text of a stop string is never emitted.
    /// Cancelling throws <see cref="OperationCanceledException"/> before the next token; leaving the stream early ends the reply as well.
    /// </remarks>
    /// <exception cref="MessageTooLongException">The prompt does not fit the context; thrown with the first piece.</exception>
    /// <exception cref="QueueFullException">Too many requests wait already; thrown with the first piece.</exception>
    public IAsyncEnumerable<ReplyPiece> GenerateAsync(ReplyRequest request, CancellationToken cancellationToken);
}
