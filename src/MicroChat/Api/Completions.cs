using System.Diagnostics;
using System.Text.Json;
using MicroChat.Chat;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging;

namespace MicroChat.Api;

/// <summary>Answers a request for completions: reads it, lets the model talk, and writes the answer whole or as it grows.</summary>
internal sealed partial class Completions(IChatClient client, ServedModels models, TimeProvider time, ILogger<Completions> log)
{
    private const char NameSeparator = '/';

    /// <summary>Answers one request; errors before the answer begins are thrown, later ones are the stream's last event.</summary>
    /// <param name="read">Reads the body.</param>
    public async Task AnswerAsync(HttpContext context, Func<JsonElement, CompletionCall> read, IReplyForm form)
    {
        CompletionCall call;
        using (JsonDocument body = await RequestBody.ReadAsync(context.Request, context.RequestAborted))
        {
            call = read(body.RootElement);
        }
        models.Require(call.Model);
        string user = ApiCaller.Of(context) + NameSeparator + call.User;
        SamplingFields.Add(call.Options, ReplyOptions.User, user);
        if (call.Stream)
        {
            await StreamAsync(context, call, form);
        }
        else
        {
            await WholeAsync(context, call, form);
        }
    }

    private async Task WholeAsync(HttpContext context, CompletionCall call, IReplyForm form)
    {
        ChoiceDraft[] drafts = NewDrafts(call);
        ReplyHeading? heading = null;
        await foreach (ChoicePiece piece in ChoiceStreams.RunAsync(client, call, context.RequestAborted))
        {
            heading ??= piece.Piece.Start is { } start ? Heading(form, start) : null;
            drafts[piece.Index].Add(piece.Piece);
        }
        await form.WriteWholeAsync(context.Response, heading ?? throw NoStart(), call, drafts, context.RequestAborted);
    }

    private async Task StreamAsync(HttpContext context, CompletionCall call, IReplyForm form)
    {
        var events = new EventStream(context.Response);
        try
        {
            ChoiceDraft[] drafts = NewDrafts(call);
            ReplyHeading? heading = null;
            await foreach (ChoicePiece piece in ChoiceStreams.RunAsync(client, call, context.RequestAborted))
            {
                if (piece.Piece.Start is { } start)
                {
                    heading ??= Heading(form, start);
                    foreach (byte[] opening in form.Opening(heading, call, piece.Index))
                    {
                        await events.SendAsync(opening, context.RequestAborted);
                    }
                }
                else if (piece.Piece.Queue is null && form.Part(heading ?? throw NoStart(), call, piece, drafts[piece.Index]) is { } part)
                {
                    await events.SendAsync(part, context.RequestAborted);
                }
                drafts[piece.Index].Add(piece.Piece);
            }
            if (call.IncludeUsage)
            {
                await events.SendAsync(form.Cost(heading ?? throw NoStart(), ChoiceDraft.Total(drafts, call.ChoicesPerPrompt)), context.RequestAborted);
            }
            await events.EndAsync(context.RequestAborted);
        }
        catch (Exception e) when (context.Response.HasStarted && !context.RequestAborted.IsCancellationRequested)
        {
            LogBroken(e, context.TraceIdentifier);
            byte[] error = JsonSerializer.SerializeToUtf8Bytes(ApiErrors.Body(ApiErrors.Of(e)), ApiJson.Shared.ErrorBody);
            await events.SendAsync(error, context.RequestAborted);
        }
    }

    private ReplyHeading Heading(IReplyForm form, ReplyStart start)
    {
        DateTimeOffset now = time.GetUtcNow();
        return new ReplyHeading(form.IdPrefix + Guid.CreateVersion7(now).ToString("N"), now.ToUnixTimeSeconds(), start.Model.Name, ServedModels.Fingerprint(start.Model));
    }

    private static ChoiceDraft[] NewDrafts(CompletionCall call) => [.. Enumerable.Range(0, call.Choices).Select(_ => new ChoiceDraft())];

    private static UnreachableException NoStart() => new("A reply began without the piece that says so.");

    [LoggerMessage(Level = LogLevel.Warning, Message = "The streamed reply to request {Request} broke off.")]
    private partial void LogBroken(Exception e, string request);
}
