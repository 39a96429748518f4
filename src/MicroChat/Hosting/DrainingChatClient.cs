using System.Runtime.CompilerServices;
using MicroChat.Chat;
using Microsoft.Extensions.AI;

namespace MicroChat.Hosting;

/// <summary>Ends replies when the host's time to stop is up; the last update says that the reply was interrupted.</summary>
internal sealed class DrainingChatClient(IChatClient inner, Drain drain) : DelegatingChatClient(inner)
{
    /// <inheritdoc/>
    public override Task<ChatResponse> GetResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
        GetStreamingResponseAsync(messages, options, cancellationToken).ToChatResponseAsync(cancellationToken);

    /// <inheritdoc/>
    public override async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, drain.Ended);
        await using IAsyncEnumerator<ChatResponseUpdate> updates = base.GetStreamingResponseAsync(messages, options, either.Token).GetAsyncEnumerator(either.Token);
        ChatResponseUpdate? last = null;
        while (true)
        {
            bool ended = false;
            try
            {
                if (!await updates.MoveNextAsync())
                {
                    yield break;
                }
            }
            catch (OperationCanceledException) when (drain.Ended.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
            {
                ended = true;
            }
            if (ended)
            {
                yield return Interrupted(last);
                yield break;
            }
            yield return last = updates.Current;
        }
    }

    private static ChatResponseUpdate Interrupted(ChatResponseUpdate? last) => new(ChatRole.Assistant, "")
    {
        ResponseId = last?.ResponseId,
        MessageId = last?.MessageId,
        ModelId = last?.ModelId,
        CreatedAt = last?.CreatedAt,
        FinishReason = LocalChatClient.Interrupted,
        RawRepresentation = new ReplyPiece("", null, null, ReplyFinish.Interrupted),
    };
}
