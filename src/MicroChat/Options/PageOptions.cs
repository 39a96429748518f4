namespace MicroChat.Options;

/// <summary>The chat page. Section "Page".</summary>
internal sealed record PageOptions
{
    /// <summary>Share of messages that get two replies to choose from without being asked to.</summary>
    [Limits(0, 1)]
    public double ComparisonRate { get; init; }

    /// <summary>Longest message. Unit: characters.</summary>
    [Limits(1, 100_000)]
    public int LongestMessage { get; init; } = 8_000;

    /// <summary>Folder whose subfolders are the training runs that the operator's page shows. Relative: to the working folder.</summary>
    public string RunsFolder { get; init; } = "runs";

    /// <summary>Most replies that one visitor may have under way at a time.</summary>
    [Limits(1, 100)]
    public int MostRepliesAtOnce { get; init; } = 4;
}
