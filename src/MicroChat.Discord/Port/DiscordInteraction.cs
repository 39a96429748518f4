namespace MicroChat.Discord.Port;

/// <summary>A person used something of the bot's.</summary>
public abstract record DiscordInteraction
{
    /// <summary>What is needed to answer.</summary>
    public required InteractionHandle Handle { get; init; }

    /// <summary>Who.</summary>
    public required DiscordUser User { get; init; }

    /// <summary>Roles and permissions; null outside of guilds.</summary>
    public DiscordMember? Member { get; init; }

    /// <summary>Null: in a direct message.</summary>
    public Snowflake? GuildId { get; init; }

    /// <summary>Null: Discord did not say.</summary>
    public Snowflake? ChannelId { get; init; }

    /// <summary>The channel, with its parent; null: not known.</summary>
    public DiscordChannel? Channel { get; init; }

    /// <summary>What the bot may do there; null: not known.</summary>
    public DiscordPermissions? AppPermissions { get; init; }

    /// <summary>The person's language, such as en-US.</summary>
    public string Locale { get; init; } = "";
}

/// <summary>A slash command.</summary>
public sealed record SlashCommandUsed : DiscordInteraction
{
    public required string Name { get; init; }

    /// <summary>Subcommand group and subcommand, outermost first; empty: none.</summary>
    public IReadOnlyList<string> Path { get; init; } = [];

    /// <summary>The options that were given, by name.</summary>
    public IReadOnlyDictionary<string, CommandValue> Values { get; init; } = new Dictionary<string, CommandValue>();
}

/// <summary>A value given to a slash command; ids stand as their digits.</summary>
/// <param name="Kind">What the value is.</param>
/// <param name="Text">The value as text: the text itself, digits, "true" or "false".</param>
public sealed record CommandValue(CommandOptionKind Kind, string Text);

/// <summary>A command of a message's context menu.</summary>
public sealed record MessageCommandUsed : DiscordInteraction
{
    public required string Name { get; init; }

    /// <summary>The message; its text is there also without the message content intent.</summary>
    public required DiscordMessage Target { get; init; }
}

/// <summary>A command of a person's context menu.</summary>
public sealed record UserCommandUsed : DiscordInteraction
{
    public required string Name { get; init; }

    public required DiscordUser Target { get; init; }
}

/// <summary>A button was pressed.</summary>
public sealed record ButtonPressed : DiscordInteraction
{
    public required string CustomId { get; init; }

    /// <summary>The message with the button.</summary>
    public required DiscordMessage Message { get; init; }
}

/// <summary>Something was chosen from a select.</summary>
public sealed record SelectChosen : DiscordInteraction
{
    public required string CustomId { get; init; }

    /// <summary>What was chosen.</summary>
    public IReadOnlyList<string> Values { get; init; } = [];

    /// <summary>The message with the select.</summary>
    public required DiscordMessage Message { get; init; }
}

/// <summary>Somebody types a value of a slash command's option and waits for suggestions; answered by <see cref="IInteractionActions.SuggestAsync"/> and nothing else.</summary>
public sealed record AutocompleteAsked : DiscordInteraction
{
    /// <summary>The command.</summary>
    public required string Name { get; init; }

    /// <summary>Subcommand group and subcommand, outermost first.</summary>
    public IReadOnlyList<string> Path { get; init; } = [];

    /// <summary>The option that is typed in.</summary>
    public required string Option { get; init; }

    public CommandOptionKind Kind { get; init; }

    /// <summary>What was typed so far.</summary>
    public string Typed { get; init; } = "";
}

/// <summary>A modal was filled in.</summary>
public sealed record ModalSubmitted : DiscordInteraction
{
    public required string CustomId { get; init; }

    /// <summary>What was entered or chosen, by the field's custom id; a field left empty has no values.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> Fields { get; init; } = new Dictionary<string, IReadOnlyList<string>>();

    /// <summary>The message with the button that opened the modal; null: a command did.</summary>
    public DiscordMessage? Message { get; init; }
}

/// <summary>What is needed to answer an interaction: the first answer within 3 seconds, the others within 15 minutes.</summary>
/// <param name="Id">Id of the interaction.</param>
/// <param name="ApplicationId">The bot's application.</param>
/// <param name="Token">Whoever has it can answer; it is never printed.</param>
public sealed record InteractionHandle(Snowflake Id, Snowflake ApplicationId, string Token)
{
    /// <summary>The id only.</summary>
    public override string ToString() => $"interaction {Id}";
}
