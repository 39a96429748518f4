using System.Globalization;
using System.Net.Http.Headers;

namespace MicroChat.Discord.Client.Rest;

/// <summary>What an answer says about its rate limit; what is missing or unreadable is null.</summary>
/// <param name="Bucket">Name of the limit, shared by several routes.</param>
/// <param name="Limit">Requests per window.</param>
/// <param name="Remaining">Requests left in this window.</param>
/// <param name="ResetAfter">Until the window ends.</param>
/// <param name="Scope">Of a 429: user, global or shared.</param>
/// <param name="IsGlobal">Of a 429: everything has to wait.</param>
/// <param name="RetryAfter">Of a 429: how long.</param>
/// <remarks>Source: Discord API, topics/rate-limits, "Header format".</remarks>
internal readonly record struct RateLimitHeaders(
    string? Bucket, int? Limit, int? Remaining, TimeSpan? ResetAfter, string? Scope, bool IsGlobal, TimeSpan? RetryAfter)
{
    private const double LongestSeconds = 86_400;

    public static RateLimitHeaders Read(HttpResponseHeaders headers) => new(
        First(headers, "X-RateLimit-Bucket"),
        Whole(headers, "X-RateLimit-Limit"),
        Whole(headers, "X-RateLimit-Remaining"),
        Seconds(headers, "X-RateLimit-Reset-After"),
        First(headers, "X-RateLimit-Scope"),
        string.Equals(First(headers, "X-RateLimit-Global"), "true", StringComparison.OrdinalIgnoreCase),
        Seconds(headers, "Retry-After"));

    /// <summary>Whether the server limits this route in a way that can be followed.</summary>
    public bool IsUsable => Limit > 0 && Remaining >= 0 && ResetAfter is not null;

    /// <summary>A number of seconds as a time; null: no sensible one.</summary>
    public static TimeSpan? Seconds(double? seconds) => seconds is >= 0 and <= LongestSeconds ? TimeSpan.FromSeconds(seconds.Value) : null;

    private static string? First(HttpResponseHeaders headers, string name) => headers.TryGetValues(name, out IEnumerable<string>? values) ? values.FirstOrDefault() : null;

    private static int? Whole(HttpResponseHeaders headers, string name) =>
        int.TryParse(First(headers, name), NumberStyles.None, CultureInfo.InvariantCulture, out int value) ? value : null;

    private static TimeSpan? Seconds(HttpResponseHeaders headers, string name) =>
        double.TryParse(First(headers, name), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double value) ? Seconds(value) : null;
}
