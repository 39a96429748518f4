using System.Text.Json.Nodes;

namespace MicroChat.Discord.Simulator.World;

/// <summary>An edit; null leaves a part as it is.</summary>
internal sealed record MessageChange
{
    public string? Content { get; init; }

    public JsonArray? Embeds { get; init; }

    public JsonArray? Components { get; init; }

    public int? Flags { get; init; }

    /// <summary>Files that the message keeps; null: all.</summary>
    public IReadOnlySet<ulong>? Kept { get; init; }

    public IReadOnlyList<SimAttachment> Added { get; init; } = [];

    public AllowedMentions AllowedMentions { get; init; } = AllowedMentions.Default;

    public string? AllowedMentionsText { get; init; }
}
