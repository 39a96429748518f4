namespace MicroChat.Discord.Simulator.Journals;

/// <summary>One thing that the bot did.</summary>
public sealed record JournalEntry
{
    internal const string SimulatorFault = "the simulator failed";

    public required DateTimeOffset Time { get; init; }

    public required JournalKind Kind { get; init; }

    /// <summary>The route with placeholders, such as <c>POST /channels/{channel}/messages</c>; for frames the opcode's name, such as <c>IDENTIFY</c>.</summary>
    public string Route { get; init; } = "";

    /// <summary>The path as it was asked for, with its query.</summary>
    public string Path { get; init; } = "";

    /// <summary>The JSON that came with it; long ones are cut.</summary>
    public string Body { get; init; } = "";

    /// <summary>HTTP status, or the close code of a connection; 0 where the answer never left.</summary>
    public int Status { get; init; }

    /// <summary>Discord's error code of a refusal; 0 where it has none.</summary>
    public int ErrorCode { get; init; }

    /// <summary>Whether a failure script made this answer.</summary>
    public bool IsScripted { get; init; }

    /// <summary>The shard of the connection; null before IDENTIFY and over HTTP.</summary>
    public int? Shard { get; init; }

    /// <summary>How much later than due a heartbeat came.</summary>
    public TimeSpan Lateness { get; init; }

    /// <summary>Why a connection ended and who ended it; which limit was hit; what failed in the simulator.</summary>
    public string Detail { get; init; } = "";
}
