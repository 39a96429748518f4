using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;

namespace MicroChat.Chat.Decorators;

/// <summary>One reply as it goes into a log: who, what it cost, how it ended; never a word of it.</summary>
public sealed record ReplyLog
{
    /// <summary>Who asked; null: anonymous.</summary>
    public string? User { get; init; }

    /// <summary>The model that replied; null: none got to it.</summary>
    public string? Model { get; init; }

    /// <summary>Unit: tokens; null: not known.</summary>
    public long? PromptTokens { get; init; }

    /// <summary>Unit: tokens; null: not known.</summary>
    public long? CachedTokens { get; init; }

    /// <summary>Unit: tokens; null: not known.</summary>
    public long? ReplyTokens { get; init; }

    /// <summary>"stop", "length", "interrupted", "cancelled" or "failed".</summary>
    public required string Finish { get; init; }

    /// <summary>What it failed with; its message may quote a prompt, so only the type belongs into a log.</summary>
    public Type? Failure { get; init; }

    /// <summary>From asking to the first text; null: there was none.</summary>
    public TimeSpan? FirstText { get; init; }

    /// <summary>From asking to the end.</summary>
    public TimeSpan Total { get; init; }
}

/// <summary>Tells a log of every reply when it is over, also when it fails or is cancelled.</summary>
public sealed class LoggingChatClient(IChatClient inner, Action<ReplyLog> log, TimeProvider time) : DelegatingChatClient(inner)
{
    /// <inheritdoc/>
    public override Task<ChatResponse> GetResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
        GetStreamingResponseAsync(messages, options, cancellationToken).ToChatResponseAsync(cancellationToken);

    /// <inheritdoc/>
    public override async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var draft = new ReplyDraft(time);
        string? user = ReplyOptions.UserOf(options), finish = null;
        Exception? failure = null;
        IAsyncEnumerator<ChatResponseUpdate> updates = base.GetStreamingResponseAsync(messages, options, cancellationToken).GetAsyncEnumerator(cancellationToken);
        try
        {
            while (true)
            {
                try
                {
                    if (!await draft.NextAsync(updates, cancellationToken))
                    {
                        cancellationToken.ThrowIfCancellationRequested();
                        finish = "stop";
                        break;
                    }
                }
                catch (Exception e) when (e is not OperationCanceledException)
                {
                    (failure, finish) = (e, "failed");
                    throw;
                }
                yield return updates.Current;
            }
        }
        finally
        {
            await updates.DisposeAsync();
            log(draft.ToLog() with { User = user, Failure = failure?.GetType(), Finish = finish is "stop" ? draft.ToLog().Finish : finish ?? "cancelled" });
        }
    }
}
