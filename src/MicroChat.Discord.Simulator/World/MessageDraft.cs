using System.Text.Json.Nodes;

namespace MicroChat.Discord.Simulator.World;

/// <summary>A message that is about to be posted; checked already.</summary>
internal sealed record MessageDraft
{
    /// <summary>The id it must have; null: a new one.</summary>
    public ulong? Id { get; init; }

    public required SimChannel Channel { get; init; }

    public required SimUser Author { get; init; }

    public string Content { get; init; } = "";

    public JsonArray Embeds { get; init; } = [];

    public JsonArray Components { get; init; } = [];

    public JsonNode? Poll { get; init; }

    public IReadOnlyList<SimAttachment> Attachments { get; init; } = [];

    public int Flags { get; init; }

    public int Type { get; init; }

    public bool Tts { get; init; }

    public string? Nonce { get; init; }

    public bool NonceIsNumber { get; init; }

    /// <summary>Whether a message with the same nonce is returned in place of a second one.</summary>
    public bool EnforceNonce { get; init; }

    public ulong? ReplyTo { get; init; }

    public AllowedMentions AllowedMentions { get; init; } = AllowedMentions.Default;

    /// <summary>The request's <c>allowed_mentions</c> as text.</summary>
    public string? AllowedMentionsText { get; init; }

    public SimInteraction? Interaction { get; init; }
}
