using MicroChat.Discord.Client.Json;

namespace MicroChat.Discord.Client.Rest;

/// <summary>How long a 429 asks to wait.</summary>
internal static class RetryWait
{
    private static readonly TimeSpan OneSecond = TimeSpan.FromSeconds(1);

    /// <summary>The body is exact and the header rounded up to seconds, so the body holds unless the header asks for a second more; null: neither says.</summary>
    public static TimeSpan? Of(RestReply reply)
    {
        TimeSpan? exact = RateLimitHeaders.Seconds(reply.Body.Number("retry_after"));
        TimeSpan? rounded = reply.Limits.RetryAfter;
        return (exact, rounded) switch
        {
            ({ } body, { } header) => header - body > OneSecond ? header : body,
            ({ } body, null) => body,
            _ => rounded,
        };
    }
}
