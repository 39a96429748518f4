using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace MicroChat.Api;

/// <summary>/v1/completions on the wire.</summary>
internal sealed class TextForm : IReplyForm
{
    private const string ObjectName = "text_completion";

    public string IdPrefix => "cmpl-";

    public Task WriteWholeAsync(
        HttpResponse response, ReplyHeading heading, CompletionCall call, IReadOnlyList<ChoiceDraft> drafts, CancellationToken cancellationToken)
    {
        var choices = drafts.Select((draft, index) => new TextChoice(
            index,
            Repeated(call, index) + draft.Text,
            call.Logprobs ? LogProbabilities.Text(draft.Tokens, offset: 0) : null,
            ChoiceDraft.FinishReason(draft.Finish!.Value)));
        var body = new TextCompletion(heading.Id, ObjectName, heading.Created, heading.Model, [.. choices], heading.Fingerprint)
        {
            Usage = ChoiceDraft.Total(drafts, call.ChoicesPerPrompt),
        };
        return ApiJson.WriteAsync(response, body, ApiJson.Shared.TextCompletion, cancellationToken);
    }

    public IEnumerable<byte[]> Opening(ReplyHeading heading, CompletionCall call, int index) =>
        call.Echo ? [Part(heading, new TextChoice(index, Repeated(call, index), null, null))] : [];

    public byte[]? Part(ReplyHeading heading, CompletionCall call, ChoicePiece piece, ChoiceDraft before)
    {
        string? finish = piece.Piece.FinishReason is { } reason ? ChoiceDraft.FinishReason(reason) : null;
        TextLogProbabilities? logprobs = piece.Piece.Choice is { } choice
            ? LogProbabilities.Text([choice], before.Tokens.Sum(token => token.Chosen.Text.Length))
            : null;
        return piece.Piece.Text.Length == 0 && finish is null && logprobs is null
            ? null
            : Part(heading, new TextChoice(piece.Index, piece.Piece.Text, logprobs, finish));
    }

    public byte[] Cost(ReplyHeading heading, Usage usage) => JsonSerializer.SerializeToUtf8Bytes(
        new TextCompletion(heading.Id, ObjectName, heading.Created, heading.Model, [], heading.Fingerprint) { Usage = usage }, ApiJson.Shared.TextCompletion);

    private static string Repeated(CompletionCall call, int index) => call.Echo ? call.Prompts[index / call.ChoicesPerPrompt][0].Text : "";

    private static byte[] Part(ReplyHeading heading, TextChoice choice) => JsonSerializer.SerializeToUtf8Bytes(
        new TextCompletion(heading.Id, ObjectName, heading.Created, heading.Model, [choice], heading.Fingerprint), ApiJson.Shared.TextCompletion);
}
