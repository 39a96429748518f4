namespace MicroChat.Discord.Port;

/// <summary>A message to be sent. It never mentions anybody: <c>allowed_mentions</c> is always empty.</summary>
public sealed record OutgoingMessage
{
    /// <summary>Longest <see cref="Content"/>. Unit: UTF-16 characters.</summary>
    public const int LongestContent = 2_000;

    /// <summary>Longest <see cref="Nonce"/>. Unit: characters.</summary>
    public const int LongestNonce = 25;

    /// <summary>The text; empty only with files.</summary>
    public string Content { get; init; } = "";

    /// <summary>The message that it answers; null: none. Where that one is gone meanwhile, it is sent without. Not for replies to interactions.</summary>
    public Snowflake? ReplyTo { get; init; }

    /// <summary>Rows of buttons or selects under the text.</summary>
    public IReadOnlyList<ComponentRow> Rows { get; init; } = [];

    public IReadOnlyList<OutgoingFile> Files { get; init; } = [];

    /// <summary><see cref="DiscordMessageFlags.SuppressEmbeds"/>, <see cref="DiscordMessageFlags.SuppressNotifications"/>, for interactions also <see cref="DiscordMessageFlags.Ephemeral"/>.</summary>
    public DiscordMessageFlags Flags { get; init; }

    /// <summary>
    /// Two sends with the same nonce within a few minutes make one message, the second gets the first one's. Null: the port draws one, so that its own retries
    /// never post twice. Not for replies to interactions.
    /// </summary>
    public string? Nonce { get; init; }
}

/// <summary>A change to a message; what is null stays as it is.</summary>
public sealed record MessageEdit
{
    /// <summary>The new text.</summary>
    public string? Content { get; init; }

    /// <summary>The new rows; empty: none any more.</summary>
    public IReadOnlyList<ComponentRow>? Rows { get; init; }

    /// <summary>Files to add; those that are there stay.</summary>
    public IReadOnlyList<OutgoingFile> Files { get; init; } = [];

    /// <summary>Only <see cref="DiscordMessageFlags.SuppressEmbeds"/> can be changed.</summary>
    public DiscordMessageFlags? Flags { get; init; }
}

/// <summary>A file to be sent.</summary>
/// <param name="Name">Its name, without folders.</param>
/// <param name="Content">Its bytes; at most 10 MiB unless the guild allows more.</param>
/// <param name="ContentType">Media type.</param>
public sealed record OutgoingFile(string Name, ReadOnlyMemory<byte> Content, string ContentType);

/// <summary>A thread to be started.</summary>
/// <param name="Name">1 to 100 characters.</param>
/// <param name="ArchiveAfter">How long nobody may write until it is archived: 1 hour, 1, 3 or 7 days.</param>
/// <param name="IsPrivate">Only for invited people; not from a message.</param>
public sealed record NewThread(string Name, TimeSpan ArchiveAfter, bool IsPrivate);

/// <summary>What the bot shows about itself.</summary>
/// <param name="Status">Online, away …</param>
/// <param name="Text">A line under the name; null: none.</param>
public sealed record DiscordPresence(PresenceStatus Status, string? Text);

/// <summary>The dot beside a name.</summary>
public enum PresenceStatus
{
    Online,
    Idle,
    DoNotDisturb,
    Invisible,
}

/// <summary>Which messages of a channel to fetch; at most one of the borders, which itself is not included.</summary>
/// <param name="Before">Only older ones, newest of them first.</param>
/// <param name="After">Only newer ones, oldest of them first.</param>
/// <param name="Limit">Most messages, 1 to 100.</param>
public sealed record MessagePage(Snowflake? Before, Snowflake? After, int Limit);
