using MicroChat.Chat;
using Microsoft.AspNetCore.Http;

namespace MicroChat.Api;

/// <summary>What every answer to one request has in common.</summary>
/// <param name="Id">Unique.</param>
/// <param name="Created">Unit: seconds since 1970.</param>
internal sealed record ReplyHeading(string Id, long Created, string Model, string Fingerprint);

/// <summary>How one kind of completion looks on the wire, whole and in parts.</summary>
internal interface IReplyForm
{
    /// <summary>What ids of this kind begin with.</summary>
    public string IdPrefix { get; }

    /// <summary>The whole answer.</summary>
    public Task WriteWholeAsync(HttpResponse response, ReplyHeading heading, CompletionCall call, IReadOnlyList<ChoiceDraft> drafts, CancellationToken cancellationToken);

    /// <summary>The events with which a choice begins; none, or one.</summary>
    public IEnumerable<byte[]> Opening(ReplyHeading heading, CompletionCall call, int index);

    /// <summary>The event of one piece; null: there is nothing to tell.</summary>
    /// <param name="before">The choice as it was before the piece.</param>
    public byte[]? Part(ReplyHeading heading, CompletionCall call, ChoicePiece piece, ChoiceDraft before);

    /// <summary>The event with the request's cost.</summary>
    public byte[] Cost(ReplyHeading heading, Usage usage);
}
