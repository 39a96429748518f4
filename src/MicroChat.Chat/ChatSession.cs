using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;

namespace MicroChat.Chat;

/// <summary>
/// One conversation: persona, history, and a token budget that is kept by leaving the oldest whole exchanges out of the prompt.
/// One reply at a time; not thread-safe.
/// </summary>
public sealed class ChatSession(
    IChatClient client, Func<IReadOnlyList<ChatMessage>, int> countTokens, TokenBudget budget, TimeProvider time)
{
    private readonly List<Exchange> exchanges = [];
    private bool replying;

    /// <summary>Everything that was said, oldest first, what no longer fits into the prompt included.</summary>
    public IReadOnlyList<Exchange> Exchanges => exchanges;

    /// <summary>How many of the oldest exchanges the model no longer sees.</summary>
    public int Dropped { get; private set; }

    /// <summary>The persona, ahead of every prompt; null or empty: none.</summary>
    public string? SystemPrompt { get; set; }

    /// <summary>How much of the context the conversation may fill.</summary>
    public TokenBudget Budget => budget;

    /// <summary>Sends a message and streams the reply.</summary>
    /// <remarks>
    /// Cancelling ends the stream without an exception; the exchange stays in the history with what was said and is marked.
    /// A client that fails leaves the history as it was, and its exception passes through.
    /// </remarks>
    /// <exception cref="MessageTooLongException">The message does not fit at all; nothing changed.</exception>
    /// <exception cref="InvalidOperationException">A reply is being streamed already.</exception>
    public IAsyncEnumerable<SessionUpdate> SendAsync(string message, ChatOptions? options, CancellationToken cancellationToken) =>
        ReplyAsync(message, exchanges.Count, options, cancellationToken);

    /// <summary>Asks again for the last reply; the old one stays until the new one has said something.</summary>
    /// <exception cref="InvalidOperationException">There is no reply yet, or one is being streamed.</exception>
    public IAsyncEnumerable<SessionUpdate> RetryAsync(ChatOptions? options, CancellationToken cancellationToken) =>
        exchanges.Count > 0
            ? ReplyAsync(exchanges[^1].Message, exchanges.Count - 1, options, cancellationToken)
            : throw new InvalidOperationException("There is no reply to retry yet; send a message first.");

    /// <summary>Takes the last message and its reply back.</summary>
    /// <returns>What was taken back; null when there was nothing.</returns>
    public Exchange? Undo()
    {
        RequireIdle();
        if (exchanges.Count == 0)
        {
            return null;
        }
        Exchange last = exchanges[^1];
        exchanges.RemoveAt(exchanges.Count - 1);
        Dropped = 0;      // a long message may have pushed out what fits again without it
        return last;
    }

    /// <summary>Forgets the whole history; the persona stays.</summary>
    public void Reset()
    {
        RequireIdle();
        exchanges.Clear();
        Dropped = 0;
    }

    /// <summary>Tokens of the prompt as it would be sent now, without a new message. Unit: tokens.</summary>
    public int CountHistoryTokens() => countTokens(Prompt(null, Math.Min(Dropped, exchanges.Count), exchanges.Count));

    private async IAsyncEnumerable<SessionUpdate> ReplyAsync(
        string message, int earlier, ChatOptions? options, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        RequireIdle();
        replying = true;
        int droppedBefore = Dropped;
        Exchange? exchange = null;
        var draft = new ReplyDraft(time);
        try
        {
            int first = FirstThatFits(message, earlier);
            if (first > Dropped)
            {
                yield return new SessionNotice(first - Dropped, first, earlier - first);
            }
            Dropped = first;
            await using IAsyncEnumerator<ChatResponseUpdate> updates =
                client.GetStreamingResponseAsync(Prompt(message, first, earlier), options, cancellationToken).GetAsyncEnumerator(cancellationToken);
            while (await draft.NextAsync(updates, cancellationToken))
            {
                if (draft.LatestText.Length > 0)
                {
                    yield return new SessionText(draft.LatestText);
                }
            }
        }
        finally
        {
            replying = false;
            if (draft.IsWorthKeeping)
            {
                exchange = new Exchange(Guid.CreateVersion7(time.GetUtcNow()).ToString("N"), message, draft.Finish(options?.Seed));
                exchanges.RemoveRange(earlier, exchanges.Count - earlier);
                exchanges.Add(exchange);
            }
            else
            {
                Dropped = droppedBefore;
            }
        }
        yield return new SessionEnd(exchange);
    }

    /// <summary>How many of the oldest exchanges to leave out. What was left out before stays out, so that the prompt's beginning and its cache rarely change.</summary>
    private int FirstThatFits(string message, int earlier)
    {
        int least = Math.Min(Dropped, earlier);
        if (Fits(least))
        {
            return least;
        }
        return Fits(earlier)
            ? HistoryBudget.FirstThatFits(least, earlier, Fits)
            : throw HistoryBudget.TooLong(countTokens(Prompt(message, earlier, earlier)), budget, !string.IsNullOrEmpty(SystemPrompt));

        bool Fits(int first) => countTokens(Prompt(message, first, earlier)) <= budget.PromptTokens;
    }

    /// <summary>Persona, exchanges [first, end) and the new message, if any.</summary>
    private List<ChatMessage> Prompt(string? message, int first, int end)
    {
        var prompt = new List<ChatMessage>();
        if (!string.IsNullOrEmpty(SystemPrompt))
        {
            prompt.Add(new ChatMessage(ChatRole.System, SystemPrompt));
        }
        for (int i = first; i < end; i++)
        {
            prompt.Add(new ChatMessage(ChatRole.User, exchanges[i].Message));
            prompt.Add(new ChatMessage(ChatRole.Assistant, exchanges[i].Reply.Text));
        }
        if (message is not null)
        {
            prompt.Add(new ChatMessage(ChatRole.User, message));
        }
        return prompt;
    }

    private void RequireIdle()
    {
        if (replying)
        {
            throw new InvalidOperationException("A reply is being streamed; wait for its end or cancel it first.");
        }
    }
}
