using System.Globalization;

namespace MicroChat.Feedback;

/// <summary>Where a page ended: the time and id of its last row, as text that callers pass back.</summary>
internal readonly record struct PageCursor(long Milliseconds, Guid Id)
{
    private const int Longest = 500;

    /// <exception cref="FeedbackException">It is no cursor.</exception>
    public static PageCursor Parse(string? cursor)
    {
        if (cursor is null)
        {
            return new PageCursor(long.MaxValue, Guid.Empty);
        }
        string[] parts = cursor.Split('_');
        return parts.Length == 2 && long.TryParse(parts[0], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long milliseconds)
            && Guid.TryParseExact(parts[1], "D", out Guid id) ? new PageCursor(milliseconds, id)
            : throw new FeedbackException($"\"{cursor}\" is no cursor of a list; begin again without one.");
    }

    /// <exception cref="FeedbackException">It is out of range.</exception>
    public static void RequireLimit(int limit)
    {
        if (limit is < 1 or > Longest)
        {
            throw new FeedbackException($"A page of {limit} rows was asked for; 1 to {Longest} are allowed.");
        }
    }

    /// <summary>The first <paramref name="limit"/> of up to one row more.</summary>
    public static Page<T> Cut<T>(List<T> rows, int limit, Func<T, (DateTimeOffset Time, Guid Id)> place) =>
        rows.Count <= limit ? new Page<T>(rows, null) : new Page<T>(rows[..limit], Format(place(rows[limit - 1])));

    public static string Format((DateTimeOffset Time, Guid Id) place) => $"{place.Time.ToUnixTimeMilliseconds()}_{place.Id:D}";
}

internal static class Pages
{
    public static Page<TOut> Map<TIn, TOut>(this Page<TIn> page, Func<TIn, TOut> map) => new([.. page.Items.Select(map)], page.Next);
}
