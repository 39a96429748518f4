using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace MicroChat.Api;

/// <summary>/v1/chat/completions on the wire.</summary>
internal sealed class ChatForm : IReplyForm
{
    private const string ChunkObject = "chat.completion.chunk";
    private const string Assistant = "assistant";

    public string IdPrefix => "chatcmpl-";

    public Task WriteWholeAsync(
        HttpResponse response, ReplyHeading heading, CompletionCall call, IReadOnlyList<ChoiceDraft> drafts, CancellationToken cancellationToken)
    {
        var choices = drafts.Select((draft, index) => new ChatChoice(
            index,
            new ReplyMessage(Assistant, draft.Text, null),
            call.Logprobs ? LogProbabilities.Chat(draft.Tokens) : null,
            ChoiceDraft.FinishReason(draft.Finish!.Value)));
        var body = new ChatCompletion(heading.Id, "chat.completion", heading.Created, heading.Model, [.. choices],
            ChoiceDraft.Total(drafts, call.ChoicesPerPrompt), heading.Fingerprint);
        return ApiJson.WriteAsync(response, body, ApiJson.Shared.ChatCompletion, cancellationToken);
    }

    public IEnumerable<byte[]> Opening(ReplyHeading heading, CompletionCall call, int index) =>
        [Chunk(heading, new ChunkChoice(index, new Delta(Assistant, ""), null, null))];

    public byte[]? Part(ReplyHeading heading, CompletionCall call, ChoicePiece piece, ChoiceDraft before)
    {
        string? finish = piece.Piece.FinishReason is { } reason ? ChoiceDraft.FinishReason(reason) : null;
        ChatLogProbabilities? logprobs = piece.Piece.Choice is { } choice ? LogProbabilities.Chat([choice]) : null;
        string? text = piece.Piece.Text.Length > 0 ? piece.Piece.Text : null;
        return text is null && finish is null && logprobs is null
            ? null
            : Chunk(heading, new ChunkChoice(piece.Index, new Delta(null, text), logprobs, finish));
    }

    public byte[] Cost(ReplyHeading heading, Usage usage) => JsonSerializer.SerializeToUtf8Bytes(
        new ChatChunk(heading.Id, ChunkObject, heading.Created, heading.Model, [], heading.Fingerprint) { Usage = usage }, ApiJson.Shared.ChatChunk);

    private static byte[] Chunk(ReplyHeading heading, ChunkChoice choice) => JsonSerializer.SerializeToUtf8Bytes(
        new ChatChunk(heading.Id, ChunkObject, heading.Created, heading.Model, [choice], heading.Fingerprint), ApiJson.Shared.ChatChunk);
}
