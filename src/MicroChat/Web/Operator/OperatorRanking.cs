using MicroChat.Feedback;
using Microsoft.AspNetCore.Http;

namespace MicroChat.Web.Operator;

/// <summary>Several replies to one prompt put into order: prompts of the operator's own, or replies that visitors compared.</summary>
internal sealed class OperatorRanking(
    IFeedbackStore store, Visitors visitors, ReplyPlanner planner, ChatEndpoints chat, ProgramContext program)
{
    private const int FewestReplies = 2, MostReplies = 8;
    private const int PageSize = 20;

    /// <summary>Streams several replies to a prompt of the operator's own.</summary>
    public async Task ArenaAsync(HttpContext context)
    {
        ArenaBody body = await PageJson.ReadAsync(context, OperatorJson.Default.ArenaBody);
        if (body.Count is < FewestReplies or > MostReplies)
        {
            throw PageException.Invalid($"count is {body.Count}; it must be from {FewestReplies} to {MostReplies}.");
        }
        await chat.RunAsync(context, planner.Arena(body.Prompt ?? "", body.Count, visitors.Of(context)));
    }

    /// <summary>Makes a comparison of replies that are there already.</summary>
    public async Task CompareAsync(HttpContext context)
    {
        CandidatesBody body = await PageJson.ReadAsync(context, OperatorJson.Default.CandidatesBody);
        if (body.Exchanges is not { Count: >= FewestReplies } exchanges)
        {
            throw PageException.Invalid($"exchanges has {body.Exchanges?.Count ?? 0} ids; a ranking needs {FewestReplies} or more.");
        }
        ComparisonRecord made = await store.CompareAsync(exchanges, new Random(unchecked((int)program.NewSeed())), context.RequestAborted);
        RankingItem item = await ItemAsync(made, context.RequestAborted) ?? throw PageException.NotFound("reply");
        await context.Response.WriteAsJsonAsync(item, OperatorJson.Default.RankingItem);
    }

    /// <summary>Comparisons that this operator has not answered.</summary>
    public async Task ListAsync(HttpContext context)
    {
        string? cursor = context.Request.Query["cursor"].FirstOrDefault();
        Page<ComparisonRecord> page = await store.ListComparisonsAsync(visitors.Of(context), cursor, PageSize, context.RequestAborted);
        var items = new List<RankingItem>();
        foreach (ComparisonRecord comparison in page.Items)
        {
            if (await ItemAsync(comparison, context.RequestAborted) is { } item)
            {
                items.Add(item);
            }
        }
        await context.Response.WriteAsJsonAsync(new RankingListBody(items, page.Next), OperatorJson.Default.RankingListBody);
    }

    public async Task RankAsync(HttpContext context)
    {
        RankBody body = await PageJson.ReadAsync(context, OperatorJson.Default.RankBody);
        Rater rater = visitors.RaterOf(context);
        NewAnswer answer = body.Tiers is { Count: > 0 } tiers
            ? NewAnswer.Ranking(body.Comparison, rater, Checked(tiers))
            : NewAnswer.AllBad(body.Comparison, rater);
        FeedbackEndpoints.Check(await store.AnswerAsync(answer, CancellationToken.None));
        context.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    private static IReadOnlyList<IReadOnlyList<Guid>> Checked(IReadOnlyList<IReadOnlyList<Guid>> tiers) => tiers.All(tier => tier is { Count: > 0 })
        ? tiers
        : throw PageException.Invalid("tiers has an empty tier; every tier must name at least one reply.");

    /// <summary>Null: a reply or its text is gone, so there is nothing to compare.</summary>
    private async Task<RankingItem?> ItemAsync(ComparisonRecord comparison, CancellationToken cancellationToken)
    {
        var replies = new List<RankedReply>();
        string? prompt = null;
        foreach (Guid id in comparison.Shown)
        {
            if (await store.FindExchangeAsync(id, cancellationToken) is not { Prompt: not null, Reply.Text.Length: > 0 } exchange)
            {
                return null;
            }
            prompt = exchange.Prompt;
            replies.Add(new RankedReply(id, exchange.Reply.Text, exchange.ModelVersion));
        }
        return new RankingItem(comparison.Id, comparison.Time, prompt!, replies);
    }
}
