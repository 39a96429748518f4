using MicroChat.Feedback;

namespace MicroChat.Web;

/// <summary>Reads a visitor's conversations as the page shows them.</summary>
internal sealed class ConversationReader(IFeedbackStore store)
{
    /// <summary>A pair of replies that were made at once.</summary>
    public const string KindOfPair = "ab";

    /// <summary>A reply and a later try.</summary>
    public const string KindOfRetry = "retry";

    private const int LongestTitle = 60;
    private const int PageSize = 100;

    public async Task<ConversationListBody> ListAsync(Pseudonym visitor, string? cursor, CancellationToken cancellationToken)
    {
        Page<ConversationSummary> page = await store.ListConversationsAsync(visitor, cursor, PageSize, cancellationToken);
        return new ConversationListBody([.. page.Items.Where(c => c.Place.Platform == Platforms.Web)
            .Select(c => new ConversationItem(c.Id, TitleOf(c.FirstPrompt), c.Latest))], page.Next);
    }

    /// <exception cref="PageException">There is no such conversation of this visitor.</exception>
    public async Task<ConversationBody> ReadAsync(Guid id, Pseudonym visitor, CancellationToken cancellationToken)
    {
        IReadOnlyList<RatedExchange> all = await OwnAsync(id, visitor, cancellationToken);
        RatedExchange[] shown = [.. all.Where(e => e.Exchange is { Prompt: not null, Reply.Text.Length: > 0 })];
        ExchangeRecord[] exchanges = [.. shown.Select(e => e.Exchange)];
        IReadOnlyList<ExchangeRecord> path = Branches.Latest(exchanges);
        var turns = new List<TurnBody>();
        foreach (ExchangeRecord exchange in path)
        {
            HashSet<Guid> ids = [.. Branches.Retries(exchange, exchanges).Select(e => e.Id)];
            RatedExchange[] group = [.. shown.Where(e => ids.Contains(e.Exchange.Id)).OrderBy(e => e.Exchange.Id)];
            turns.Add(await TurnAsync(exchange, group, isLast: exchange == path[^1], visitor, cancellationToken));
        }
        return new ConversationBody(id, path.Count > 0 ? path[^1].SystemPrompt : null, turns);
    }

    /// <summary>All exchanges of a conversation of this visitor.</summary>
    /// <exception cref="PageException">There is no such conversation of this visitor.</exception>
    public async Task<IReadOnlyList<RatedExchange>> OwnAsync(Guid id, Pseudonym visitor, CancellationToken cancellationToken)
    {
        IReadOnlyList<RatedExchange> all = await store.ReadConversationAsync(id, cancellationToken);
        return all.Count > 0 && all.All(e => e.Exchange.Person == visitor) ? all : throw PageException.NotFound("conversation");
    }

    /// <summary>How an answer is told to the page; null: it is none of two candidates.</summary>
    public static string? ChoiceOf(ComparisonRecord comparison, ComparisonAnswer? answer) => answer?.Outcome switch
    {
        ComparisonOutcome.Winner => answer.Tiers[0][0] == comparison.Shown[0] ? "left" : "right",
        ComparisonOutcome.Tie => "tie",
        ComparisonOutcome.AllBad => "both-bad",
        _ => null,
    };

    private async Task<TurnBody> TurnAsync(
        ExchangeRecord exchange, RatedExchange[] group, bool isLast, Pseudonym visitor, CancellationToken cancellationToken)
    {
        ComparisonBody? comparison = isLast && group.Length > 1 ? await NewestAsync(group, visitor, cancellationToken) : null;
        Guid chosen = comparison switch
        {
            { Choice: "right" } => comparison.Shown[1],
            { Choice: "left" } => comparison.Shown[0],
            { Kind: KindOfPair, Choice: not null } => comparison.Shown[0],
            _ => exchange.Id,
        };
        return new TurnBody(exchange.Prompt!, exchange.Time, [.. group.Select(e => Reply(e, visitor))], chosen, comparison);
    }

    private async Task<ComparisonBody?> NewestAsync(RatedExchange[] group, Pseudonym visitor, CancellationToken cancellationToken)
    {
        Dictionary<Guid, DateTimeOffset> times = group.ToDictionary(e => e.Exchange.Id, e => e.Exchange.Time);
        ComparisonRecord? newest = (await store.ComparisonsOfAsync(group[^1].Exchange.Id, cancellationToken))
            .LastOrDefault(c => c.Shown.Count == 2 && c.Shown.All(times.ContainsKey));
        if (newest is null)
        {
            return null;
        }
        string kind = times[newest.Shown[0]] == times[newest.Shown[1]] ? KindOfPair : KindOfRetry;
        string? choice = ChoiceOf(newest, newest.Answers.FirstOrDefault(a => a.Person == visitor));
        return new ComparisonBody(newest.Id, kind, newest.Shown, choice);
    }

    private static ReplyBody Reply(RatedExchange rated, Pseudonym visitor)
    {
        ExchangeReply reply = rated.Exchange.Reply!;
        Rating? own = rated.Ratings.FirstOrDefault(r => r.Person == visitor);
        string finish = reply.Status switch { ReplyStatus.Complete => "end", ReplyStatus.Stopped => "stopped", _ => "interrupted" };
        return new ReplyBody(rated.Exchange.Id, reply.Text!, rated.Exchange.ModelVersion, finish,
            own is null ? null : new RatingBody(own.Value, RatingNames.Of(own.Reason), own.Comment));
    }

    private static string TitleOf(string? prompt)
    {
        string line = string.Join(' ', (prompt ?? "").Split('\n', 2, StringSplitOptions.TrimEntries)[0].Split(' ', StringSplitOptions.RemoveEmptyEntries));
        return line.Length switch
        {
            0 => "Untitled",
            <= LongestTitle => line,
            _ => string.Concat(line.AsSpan(0, line[..LongestTitle].LastIndexOf(' ') is > 30 and var space ? space : LongestTitle), "…"),
        };
    }
}
