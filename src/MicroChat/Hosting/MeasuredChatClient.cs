using System.Diagnostics;
using System.Runtime.CompilerServices;
using MicroChat.Chat;
using MicroChat.Trials;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging;

namespace MicroChat.Hosting;

/// <summary>Counts, times and logs every reply; of its text nothing is kept.</summary>
internal sealed partial class MeasuredChatClient(IChatClient inner, ChatMetrics metrics, GenerationPace pace, TimeProvider time, ILogger<MeasuredChatClient> log)
    : DelegatingChatClient(inner)
{
    /// <inheritdoc/>
    public override Task<ChatResponse> GetResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
        GetStreamingResponseAsync(messages, options, cancellationToken).ToChatResponseAsync(cancellationToken);

    /// <inheritdoc/>
    public override async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        using Activity? activity = ChatMetrics.Source.StartActivity("chat");
        var reply = new Measurement(metrics, time);
        try
        {
            await foreach (ChatResponseUpdate update in Marked(base.GetStreamingResponseAsync(messages, options, cancellationToken), reply))
            {
                reply.See(update.RawRepresentation as ReplyPiece);
                yield return update;
            }
        }
        finally
        {
            reply.End(cancellationToken.IsCancellationRequested);
            Describe(activity, reply);
            Note(reply);
            LogReply(reply.Outcome, reply.Usage?.PromptTokens, reply.Usage?.CachedTokens, reply.Usage?.ReplyTokens,
                reply.FirstToken?.TotalMilliseconds, reply.Total.TotalMilliseconds);
        }
    }

    /// <summary>Passes updates on and notes what kind of failure ended them.</summary>
    private static async IAsyncEnumerable<ChatResponseUpdate> Marked(IAsyncEnumerable<ChatResponseUpdate> updates, Measurement reply)
    {
        await using IAsyncEnumerator<ChatResponseUpdate> each = updates.GetAsyncEnumerator();
        while (true)
        {
            try
            {
                if (!await each.MoveNextAsync())
                {
                    yield break;
                }
            }
            catch (Exception e)
            {
                reply.Failed(e);
                throw;
            }
            yield return each.Current;
        }
    }

    private void Note(Measurement reply)
    {
        if (reply.Model is { } model)
        {
            pace.Ended(model.Version, reply.Outcome == Measurement.FailedOutcome, reply.Usage?.ReplyTokens ?? 0, reply.Total - (reply.FirstToken ?? reply.Total));
        }
    }

    private static void Describe(Activity? activity, Measurement reply)
    {
        activity?.SetTag("gen_ai.operation.name", "chat");
        activity?.SetTag("gen_ai.response.finish_reasons", reply.Outcome);
        activity?.SetTag("gen_ai.usage.input_tokens", reply.Usage?.PromptTokens);
        activity?.SetTag("gen_ai.usage.output_tokens", reply.Usage?.ReplyTokens);
        activity?.SetTag("microchat.first_token_ms", reply.FirstToken?.TotalMilliseconds);
        if (reply.Outcome == Measurement.FailedOutcome)
        {
            activity?.SetStatus(ActivityStatusCode.Error);
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message =
        "Reply {Outcome}: prompt {PromptTokens} tokens ({CachedTokens} cached), reply {ReplyTokens} tokens, first after {FirstMilliseconds:0} ms, all after {Milliseconds:0} ms")]
    private partial void LogReply(string outcome, int? promptTokens, int? cachedTokens, int? replyTokens, double? firstMilliseconds, double milliseconds);
}
