namespace MicroChat.Discord.Port;

/// <summary>A command that people can use.</summary>
/// <param name="Kind">Slash, or an entry of a context menu.</param>
/// <param name="Name">1 to 32 characters; for slash commands lower case without spaces.</param>
/// <param name="Description">1 to 100 characters; only for slash commands.</param>
/// <param name="Options">What can be given, or its subcommands; only for slash commands.</param>
/// <param name="NeededPermissions">Who sees it at first (administrators of a guild may change that); null: everybody.</param>
/// <param name="InDirectMessages">Also usable in direct messages with the bot.</param>
public sealed record DiscordCommand(
    CommandKind Kind, string Name, string Description, IReadOnlyList<CommandOption> Options, DiscordPermissions? NeededPermissions, bool InDirectMessages);

/// <summary>Kinds of commands; numbers are Discord's.</summary>
public enum CommandKind
{
    Slash = 1,
    User = 2,
    Message = 3,
}

/// <summary>An option of a command, or a subcommand with options of its own.</summary>
public sealed record CommandOption
{
    public required CommandOptionKind Kind { get; init; }

    /// <summary>1 to 32 lower-case characters.</summary>
    public required string Name { get; init; }

    /// <summary>1 to 100 characters.</summary>
    public required string Description { get; init; }

    public bool Required { get; init; }

    /// <summary>The only values that can be given; empty: any. Up to 25.</summary>
    public IReadOnlyList<CommandChoice> Choices { get; init; } = [];

    /// <summary>Options of a subcommand, or subcommands of a group.</summary>
    public IReadOnlyList<CommandOption> Options { get; init; } = [];

    /// <summary>Least number; null: no limit.</summary>
    public double? Least { get; init; }

    /// <summary>Greatest number; null: no limit.</summary>
    public double? Greatest { get; init; }

    /// <summary>Longest text; null: no limit.</summary>
    public int? LongestText { get; init; }

    /// <summary>Whether <see cref="AutocompleteAsked"/> comes while somebody types a value; such an option has no <see cref="Choices"/>.</summary>
    public bool Suggests { get; init; }
}

/// <summary>One value that a text option can have.</summary>
public sealed record CommandChoice(string Name, string Value);

/// <summary>What an option takes; numbers are Discord's.</summary>
public enum CommandOptionKind
{
    Subcommand = 1,
    SubcommandGroup = 2,
    Text = 3,
    Whole = 4,
    Truth = 5,
    User = 6,
    Channel = 7,
    Role = 8,
    Mentionable = 9,
    Number = 10,
    Attachment = 11,
}
