using System.Text;
using Microsoft.Extensions.AI;

namespace MicroChat.Chat;

/// <summary>A reply while it is being streamed: its text so far, its clock, and how it ended.</summary>
internal sealed class ReplyDraft(TimeProvider time)
{
    private readonly StringBuilder text = new();
    private readonly long started = time.GetTimestamp();
    private TimeSpan? firstText;
    private bool completed;
    private bool failed;
    private string? finishReason;
    private string? model;
    private UsageDetails? usage;

    /// <summary>What the last update added; may be empty.</summary>
    public string LatestText { get; private set; } = "";

    /// <summary>Whether this goes into the history: it ended by itself, or said something before it was stopped.</summary>
    public bool IsWorthKeeping => !failed && (completed || text.Length > 0);

    /// <summary>Takes the next update in.</summary>
    /// <returns>False at the end, also when it was cancelled.</returns>
    public async ValueTask<bool> NextAsync(IAsyncEnumerator<ChatResponseUpdate> updates, CancellationToken cancellationToken)
    {
        try
        {
            if (!await updates.MoveNextAsync())
            {
                completed = true;
                return false;
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return false;
        }
        catch
        {
            failed = true;
            throw;
        }
        Add(updates.Current);
        return true;
    }

    public SessionReply Finish(long? seed) => new()
    {
        Text = text.ToString(),
        Cancelled = !completed,
        FinishReason = finishReason,
        Model = model,
        Seed = seed,
        PromptTokens = usage?.InputTokenCount,
        ReplyTokens = usage?.OutputTokenCount,
        FirstText = firstText ?? time.GetElapsedTime(started),
        Total = time.GetElapsedTime(started),
    };

    private void Add(ChatResponseUpdate update)
    {
        LatestText = update.Text;
        text.Append(LatestText);
        if (LatestText.Length > 0)
        {
            firstText ??= time.GetElapsedTime(started);
        }
        model = update.ModelId ?? model;
        finishReason = update.FinishReason?.Value ?? finishReason;
        foreach (AIContent content in update.Contents)
        {
            if (content is UsageContent { Details: { } details })
            {
                usage = details;
            }
        }
    }
}
