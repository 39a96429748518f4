using MicroChat.Feedback;
using MicroChat.Hosting;
using Microsoft.AspNetCore.Http;

namespace MicroChat.Web;

/// <summary>Ratings and choices of visitors, of their own replies only.</summary>
internal sealed class FeedbackEndpoints(IFeedbackStore store, Visitors visitors, ChatMetrics metrics)
{
    private const int LongestComment = 1_000;

    public async Task RateAsync(HttpContext context)
    {
        RateBody body = await PageJson.ReadAsync(context, PageJson.Default.RateBody);
        Pseudonym visitor = visitors.Of(context);
        if (await store.FindExchangeAsync(body.Reply, context.RequestAborted) is not { } exchange || exchange.Person != visitor)
        {
            throw PageException.NotFound("reply");
        }
        if (body.Value == 0)
        {
            await store.RetractRatingAsync(body.Reply, visitor, CancellationToken.None);
        }
        else
        {
            Check(await store.RateAsync(Rating(context, body), CancellationToken.None));
        }
        metrics.Rated(body.Value switch { 0 => "taken back", > 0 => "up", _ => "down" });
        context.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    public async Task CompareAsync(HttpContext context)
    {
        CompareBody body = await PageJson.ReadAsync(context, PageJson.Default.CompareBody);
        Rater rater = visitors.RaterOf(context);
        ComparisonRecord comparison = await store.FindComparisonAsync(body.Comparison, context.RequestAborted) is { Shown.Count: 2 } found
            && await store.FindExchangeAsync(found.Shown[0], context.RequestAborted) is { } exchange && exchange.Person == rater.Person
            ? found
            : throw PageException.NotFound("comparison");
        NewAnswer answer = body.Choice switch
        {
            "left" => NewAnswer.Winner(comparison.Id, rater, comparison.Shown[0]),
            "right" => NewAnswer.Winner(comparison.Id, rater, comparison.Shown[1]),
            "tie" => NewAnswer.Tie(comparison.Id, rater),
            "both-bad" => NewAnswer.AllBad(comparison.Id, rater),
            _ => throw PageException.Invalid($"choice is \"{body.Choice}\"; it must be left, right, tie or both-bad."),
        };
        Check(await store.AnswerAsync(answer, CancellationToken.None));
        context.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    /// <exception cref="PageException">Nothing was written, though the person asked for it.</exception>
    public static void Check(RatingOutcome outcome)
    {
        if (outcome is RatingOutcome.Unknown)
        {
            throw PageException.NotFound("reply");
        }
        if (outcome is RatingOutcome.NotRateable)
        {
            throw new PageException(409, "not_rateable", "The reply is not finished, or its text was erased; it cannot be rated.");
        }
    }

    private NewRating Rating(HttpContext context, RateBody body)
    {
        string? comment = string.IsNullOrWhiteSpace(body.Comment) ? null : body.Comment.Trim();
        return body.Value is not (1 or -1)
            ? throw PageException.Invalid($"value is {body.Value}; it must be 1, -1 or 0.")
            : comment is { Length: > LongestComment }
                ? throw PageException.Invalid($"The comment has {comment.Length} characters; at most {LongestComment} are allowed.")
                : new NewRating(body.Reply, visitors.RaterOf(context), body.Value, RatingNames.Parse(body.Reason), comment);
    }
}
