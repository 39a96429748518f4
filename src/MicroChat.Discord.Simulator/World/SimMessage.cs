using System.Text.Json.Nodes;

namespace MicroChat.Discord.Simulator.World;

/// <summary>A message as the simulated Discord keeps it.</summary>
public sealed class SimMessage
{
    private const int MostRevisions = 512;

    private readonly List<string> revisions = [];

    internal SimMessage(ulong id, SimChannel channel, SimUser author, string content, DateTimeOffset time)
    {
        (Id, Channel, Author, Content, CreatedAt) = (id, channel, author, content, time);
        revisions.Add(content);
    }

    public ulong Id { get; }

    public SimChannel Channel { get; }

    public SimUser Author { get; }

    public string Content { get; private set; }

    public DateTimeOffset CreatedAt { get; }

    public DateTimeOffset? EditedAt { get; private set; }

    /// <summary>Every text it had, oldest first; at most 512, the oldest are dropped.</summary>
    public IReadOnlyList<string> Revisions => revisions;

    /// <summary>Discord's message type: 0 default, 19 reply, 20 slash command, 23 context menu.</summary>
    public int Type { get; internal init; }

    /// <summary>Discord's flags, among them 64 ephemeral and 128 loading.</summary>
    public int Flags { get; internal set; }

    public bool IsEphemeral => (Flags & MessageFlags.Ephemeral) != 0;

    public bool IsDeleted { get; internal set; }

    public bool IsPinned { get; internal set; }

    /// <summary>The message it replies to.</summary>
    public ulong? ReplyTo { get; internal init; }

    public IReadOnlyList<SimAttachment> Attachments { get; internal set; } = [];

    public IReadOnlyList<SimReaction> Reactions => ReactionList;

    /// <summary>Users in the message's <c>mentions</c>, after allowed_mentions was applied.</summary>
    public IReadOnlyCollection<ulong> MentionedUsers { get; internal set; } = [];

    public IReadOnlyCollection<ulong> MentionedRoles { get; internal set; } = [];

    public bool MentionsEveryone { get; internal set; }

    /// <summary>Whom the message notified or, after an edit, marked: members behind roles and @everyone included.</summary>
    public IReadOnlyCollection<ulong> Pinged => PingedSet;

    /// <summary>The <c>allowed_mentions</c> of the newest request as text; null where it had none.</summary>
    public string? AllowedMentions { get; internal set; }

    /// <summary>Texts of its embeds and components as Discord's JSON.</summary>
    public string EmbedsJson => Embeds.ToJsonString();

    /// <summary>Its components as Discord's JSON.</summary>
    public string ComponentsJson => Components.ToJsonString();

    /// <summary>The thread that starts at it.</summary>
    public SimChannel? Thread { get; internal set; }

    /// <summary>The interaction that it answers.</summary>
    public SimInteraction? Interaction { get; internal init; }

    /// <summary>Where <see cref="ReplyTo"/> is: a thread's first message points into the channel above.</summary>
    internal SimChannel ReferenceChannel => Type == ThreadBook.StarterMessage ? Channel.Parent! : Channel;

    internal JsonArray Embeds { get; set; } = [];

    internal JsonArray Components { get; set; } = [];

    internal JsonNode? Poll { get; init; }

    internal string? Nonce { get; init; }

    internal bool NonceIsNumber { get; init; }

    internal bool Tts { get; init; }

    internal SortedSet<ulong> PingedSet { get; } = [];

    internal List<SimReaction> ReactionList { get; } = [];

    /// <summary>Whether it was written by the system and cannot be replied to.</summary>
    internal bool IsSystem => Type is not (0 or 19 or 20 or 23);

    internal void Revise(string content, DateTimeOffset? time)
    {
        Content = content;
        EditedAt = time ?? EditedAt;
        if (revisions.Count == MostRevisions)
        {
            revisions.RemoveAt(0);
        }
        revisions.Add(content);
    }
}
