using System.Text;

namespace MicroChat.Feedback.Sqlite;

/// <summary>What an operator looks for, as a condition over "exchanges e"; its parameters begin at $3.</summary>
internal sealed class FeedbackFilter
{
    private readonly StringBuilder condition = new();
    private readonly List<object?> values = [];

    /// <summary>Begins with " AND ", or is empty.</summary>
    public string Condition => condition.ToString();

    public IReadOnlyList<object?> Values => values;

    public static FeedbackFilter Of(FeedbackQuery query)
    {
        var filter = new FeedbackFilter();
        filter.Add(query.Rating, "EXISTS (SELECT 1 FROM ratings r WHERE r.exchange = e.id AND r.value = @)");
        filter.Add(query.IsRated, "EXISTS (SELECT 1 FROM ratings r WHERE r.exchange = e.id) = @");
        filter.Add(query.Reason, "EXISTS (SELECT 1 FROM ratings r WHERE r.exchange = e.id AND r.reason = @)");
        filter.Add(query.HasComment, "EXISTS (SELECT 1 FROM ratings r WHERE r.exchange = e.id AND r.comment IS NOT NULL) = @");
        filter.Add(query.Platform, "e.platform = @");
        filter.Add(query.Server, "e.server = @");
        filter.Add(query.ModelVersion, "e.model = @");
        filter.Add(query.Person, "e.person = @");
        filter.Add(query.From, "e.time >= @");
        filter.Add(query.To, "e.time < @");
        return filter;
    }

    /// <summary>Whether a text occurs in prompt, reply or a comment, ignoring case.</summary>
    public static bool Mentions(RatedExchange rated, string text) =>
        Contains(rated.Exchange.Prompt, text) || Contains(rated.Exchange.Reply?.Text, text) || rated.Ratings.Any(rating => Contains(rating.Comment, text));

    private static bool Contains(string? where, string text) => where is not null && where.Contains(text, StringComparison.OrdinalIgnoreCase);

    private void Add(object? value, string clause)
    {
        if (value is not null)
        {
            values.Add(value);
            condition.Append(" AND ").Append(clause.Replace("@", $"${values.Count + 2}", StringComparison.Ordinal));
        }
    }
}
