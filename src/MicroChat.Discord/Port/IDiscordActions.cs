namespace MicroChat.Discord.Port;

/// <summary>
/// What the bot can do. Every method waits for its turn under Discord's rate limits, tries again where that is safe, and may be called from any thread.
/// No send and no edit ever mentions anybody.
/// </summary>
/// <remarks>Every method throws <see cref="DiscordException"/> when Discord refuses or cannot be reached; it says whether something may have been done.</remarks>
public interface IDiscordActions : IMessageActions, IReactionActions, IInteractionActions, ICommandActions, IChannelActions;

/// <summary>Messages.</summary>
public interface IMessageActions
{
    /// <summary>Sends a message.</summary>
    /// <returns>The message as Discord has it.</returns>
    public Task<DiscordMessage> SendAsync(Snowflake channel, OutgoingMessage message, CancellationToken cancellationToken);

    /// <summary>Changes one of the bot's own messages.</summary>
    public Task<DiscordMessage> EditAsync(Snowflake channel, Snowflake message, MessageEdit edit, CancellationToken cancellationToken);

    /// <summary>Deletes a message; one that is gone already is no error.</summary>
    public Task DeleteAsync(Snowflake channel, Snowflake message, CancellationToken cancellationToken);

    /// <summary>One message; null: it is gone.</summary>
    public Task<DiscordMessage?> FindMessageAsync(Snowflake channel, Snowflake message, CancellationToken cancellationToken);

    /// <summary>Messages of a channel, in the order that <paramref name="page"/> says; without a border the newest first.</summary>
    public Task<IReadOnlyList<DiscordMessage>> GetMessagesAsync(Snowflake channel, MessagePage page, CancellationToken cancellationToken);

    /// <summary>Shows "… is typing" for 10 seconds or until the bot's next message.</summary>
    public Task TypeAsync(Snowflake channel, CancellationToken cancellationToken);

    /// <summary>When the next edit in a channel can go, from the rate-limit headers seen so far. For pacing a streamed reply.</summary>
    public EditPace EditPaceIn(Snowflake channel);
}

/// <summary>How fast edits may follow each other.</summary>
/// <param name="Wait">Until an edit would be sent at once, those waiting before it included; zero: now.</param>
/// <param name="Interval">Steady distance between edits that never has to wait; zero: nothing is known yet.</param>
public readonly record struct EditPace(TimeSpan Wait, TimeSpan Interval);

/// <summary>Reactions.</summary>
public interface IReactionActions
{
    /// <summary>Adds the bot's own reaction; one that is there already is no error.</summary>
    public Task AddReactionAsync(Snowflake channel, Snowflake message, DiscordEmoji emoji, CancellationToken cancellationToken);

    /// <summary>Takes the bot's own reaction back; one that is not there is no error.</summary>
    public Task RemoveReactionAsync(Snowflake channel, Snowflake message, DiscordEmoji emoji, CancellationToken cancellationToken);

    /// <summary>Who reacted, by ascending id.</summary>
    /// <param name="channel">Where.</param>
    /// <param name="message">To which message.</param>
    /// <param name="emoji">With what.</param>
    /// <param name="after">Only ids above this one; null: from the first.</param>
    /// <param name="limit">Most people, 1 to 100.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public Task<IReadOnlyList<DiscordUser>> GetReactionUsersAsync(
        Snowflake channel, Snowflake message, DiscordEmoji emoji, Snowflake? after, int limit, CancellationToken cancellationToken);
}

/// <summary>Answers to interactions. Exactly one first answer: respond, acknowledge or open a modal.</summary>
public interface IInteractionActions
{
    /// <summary>First answer: a message.</summary>
    public Task RespondAsync(InteractionHandle interaction, OutgoingMessage message, CancellationToken cancellationToken);

    /// <summary>First answer: "… is thinking"; the message follows by <see cref="EditResponseAsync"/>.</summary>
    /// <param name="interaction">Which.</param>
    /// <param name="ephemeral">Only its person will see that message.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public Task DeferAsync(InteractionHandle interaction, bool ephemeral, CancellationToken cancellationToken);

    /// <summary>First answer to a button, select, or modal opened from a button: nothing is shown; <see cref="EditResponseAsync"/> then changes the message with the button.</summary>
    public Task DeferUpdateAsync(InteractionHandle interaction, CancellationToken cancellationToken);

    /// <summary>First answer to a button, select, or modal opened from a button: changes the message with the button.</summary>
    public Task UpdateAsync(InteractionHandle interaction, MessageEdit edit, CancellationToken cancellationToken);

    /// <summary>First answer: a form. Not to a modal.</summary>
    public Task OpenModalAsync(InteractionHandle interaction, DiscordModal modal, CancellationToken cancellationToken);

    /// <summary>Answers <see cref="AutocompleteAsked"/>.</summary>
    /// <param name="interaction">The interaction.</param>
    /// <param name="kind">The option's kind; values of a number must be numbers.</param>
    /// <param name="choices">At most 25; none is an answer too.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public Task SuggestAsync(InteractionHandle interaction, CommandOptionKind kind, IReadOnlyList<CommandChoice> choices, CancellationToken cancellationToken);

    /// <summary>Changes the first answer.</summary>
    public Task<DiscordMessage> EditResponseAsync(InteractionHandle interaction, MessageEdit edit, CancellationToken cancellationToken);

    /// <summary>The first answer's message.</summary>
    public Task<DiscordMessage> GetResponseAsync(InteractionHandle interaction, CancellationToken cancellationToken);

    /// <summary>Deletes the first answer.</summary>
    public Task DeleteResponseAsync(InteractionHandle interaction, CancellationToken cancellationToken);

    /// <summary>One more message, after the first answer. Discord knows no nonce here: it is tried again only where it surely was not sent.</summary>
    public Task<DiscordMessage> FollowUpAsync(InteractionHandle interaction, OutgoingMessage message, CancellationToken cancellationToken);

    /// <summary>Changes such a further message.</summary>
    public Task<DiscordMessage> EditFollowUpAsync(InteractionHandle interaction, Snowflake message, MessageEdit edit, CancellationToken cancellationToken);

    /// <summary>When the next edit of an answer can go.</summary>
    public EditPace EditPaceOf(InteractionHandle interaction);
}

/// <summary>Commands and presence.</summary>
public interface ICommandActions
{
    /// <summary>Replaces all commands of the application.</summary>
    /// <param name="application">The application, as <see cref="Ready"/> names it.</param>
    /// <param name="guild">Only in this guild, at once; null: everywhere.</param>
    /// <param name="commands">All that there shall be.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public Task RegisterCommandsAsync(Snowflake application, Snowflake? guild, IReadOnlyList<DiscordCommand> commands, CancellationToken cancellationToken);

    /// <summary>Shows a presence, now and after every reconnection.</summary>
    public Task SetPresenceAsync(DiscordPresence presence, CancellationToken cancellationToken);
}

/// <summary>Channels and threads.</summary>
public interface IChannelActions
{
    /// <summary>A channel or thread; null: there is none that the bot can see.</summary>
    public Task<DiscordChannel?> FindChannelAsync(Snowflake channel, CancellationToken cancellationToken);

    /// <summary>Starts a thread.</summary>
    /// <param name="channel">In which channel.</param>
    /// <param name="message">From this message; null: from none. A message has at most one thread.</param>
    /// <param name="thread">How.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public Task<DiscordChannel> CreateThreadAsync(Snowflake channel, Snowflake? message, NewThread thread, CancellationToken cancellationToken);

    /// <summary>The direct channel with a person. Never used to write to people who did not ask.</summary>
    public Task<DiscordChannel> OpenDirectAsync(Snowflake user, CancellationToken cancellationToken);

    /// <summary>What the bot may do in a channel or thread, from what the gateway told; null: not known. Direct channels: everything that makes sense there.</summary>
    public DiscordPermissions? OwnPermissionsIn(Snowflake channel);

    /// <summary>What a member may do in a channel or thread; null: not known.</summary>
    public DiscordPermissions? PermissionsIn(Snowflake channel, Snowflake user, IReadOnlyList<Snowflake> roles);
}
