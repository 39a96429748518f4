namespace MicroChat.Discord.Simulator.Rest;

/// <summary>A path of the API and what answers it.</summary>
internal sealed class Route
{
    private readonly string[] segments;

    public Route(string method, string template, Func<Call, Answer> handle)
    {
        (Method, Template, Handle) = (method, template, handle);
        segments = template.Split('/', StringSplitOptions.RemoveEmptyEntries);
    }

    public string Method { get; }

    /// <summary>The path with placeholders in braces.</summary>
    public string Template { get; }

    public Func<Call, Answer> Handle { get; }

    /// <summary>Whether the bot's token is asked for; interactions bring one in the path.</summary>
    public bool NeedsToken { get; init; } = true;

    /// <summary>The limit that it falls under; null: one of its own.</summary>
    public Func<RateLimitOptions, BucketRule>? Rule { get; init; }

    /// <summary>What routes with the same limit share; null: it shares with nobody.</summary>
    public string? SharedBucket { get; init; }

    /// <summary>Whether it counts toward the global limit.</summary>
    public bool IsGlobal { get; init; } = true;

    public string Name => $"{Method} {Template}";

    /// <summary>The values of the placeholders, or null where a path is not of this form.</summary>
    public Dictionary<string, string>? Match(string[] path)
    {
        if (path.Length != segments.Length)
        {
            return null;
        }
        Dictionary<string, string>? values = null;
        for (int i = 0; i < path.Length; i++)
        {
            if (segments[i][0] == '{')
            {
                (values ??= [])[segments[i][1..^1]] = path[i];
            }
            else if (segments[i] != path[i])
            {
                return null;
            }
        }
        return values ?? [];
    }
}
