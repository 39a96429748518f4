using System.Security.Cryptography;
using System.Text;

namespace MicroChat.Discord.Simulator.Rest;

/// <summary>Counts requests per bucket and over all. The caller holds the world's lock.</summary>
internal sealed class RateLimiter(RateLimitOptions options, TimeProvider time)
{
    private const int MostWindows = 20_000;

    private static readonly TimeSpan InvalidWindow = TimeSpan.FromMinutes(10);

    private readonly Dictionary<string, Window> windows = new(StringComparer.Ordinal);
    private readonly Window global = new();
    private readonly Window invalid = new();

    /// <summary>Counts a request.</summary>
    public RateVerdict Take(Route route, IReadOnlyDictionary<string, string> values)
    {
        BucketRule rule = route.Rule?.Invoke(options) ?? options.Other;
        string shared = route.SharedBucket ?? route.Name;
        Window window = Find($"{shared} {Major(values)}");
        DateTimeOffset now = time.GetUtcNow();
        bool fits = window.Take(now, rule) || !options.Enabled;
        bool fitsGlobally = !route.IsGlobal || !fits || global.Take(now, new BucketRule(options.GlobalPerSecond, TimeSpan.FromSeconds(1))) || !options.Enabled;
        return new RateVerdict
        {
            Scope = !fits ? RateLimitScope.User : !fitsGlobally ? RateLimitScope.Global : null,
            Bucket = Hash(shared),
            Limit = rule.Limit,
            Remaining = Math.Max(0, rule.Limit - window.Used),
            Reset = window.End,
            ResetAfter = window.End - now,
            RetryAfter = (fits ? global.End : window.End) - now,
        };
    }

    /// <summary>Counts a request that was answered 401, 403 or 429.</summary>
    public void NoteInvalid() => invalid.Take(time.GetUtcNow(), new BucketRule(options.InvalidRequests, InvalidWindow));

    /// <summary>Whether the address is shut out for too many invalid requests.</summary>
    public bool IsShutOut => options.Enabled && invalid.Used > options.InvalidRequests && time.GetUtcNow() < invalid.End;

    /// <summary>Counts an edit of an old message; false where there were too many.</summary>
    public bool TakeOldEdit(ulong channelId) => Find($"old edits {channelId}").Take(time.GetUtcNow(), options.OldMessageEdits) || !options.Enabled;

    private static string Major(IReadOnlyDictionary<string, string> values) =>
        values.TryGetValue("channel", out string? channel) ? channel
        : values.TryGetValue("guild", out string? guild) ? guild
        : values.TryGetValue("token", out string? token) ? token : "";

    private static string Hash(string bucket) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(bucket)).AsSpan(0, 16));

    private Window Find(string key)
    {
        if (windows.TryGetValue(key, out Window? window))
        {
            return window;
        }
        if (windows.Count >= MostWindows)
        {
            DateTimeOffset now = time.GetUtcNow();
            foreach (string old in windows.Where(w => w.Value.End <= now).Select(w => w.Key).ToArray())
            {
                windows.Remove(old);
            }
        }
        return windows[key] = new Window();
    }

    private sealed class Window
    {
        public int Used { get; private set; }

        public DateTimeOffset End { get; private set; }

        /// <summary>Counts one; false where the window is full. Those that do not fit count for <see cref="Used"/> once.</summary>
        public bool Take(DateTimeOffset now, BucketRule rule)
        {
            if (now >= End)
            {
                (Used, End) = (0, now + rule.Window);
            }
            Used = Math.Min(Used + 1, rule.Limit + 1);
            return Used <= rule.Limit;
        }
    }
}
