using MicroChat.Discord.Client.Rest;
using MicroChat.Discord.Port;

namespace MicroChat.Discord.Client;

/// <summary>All actions in one, each done by the part that knows how.</summary>
internal sealed class ActionSet(MessageRest messages, InteractionRest interactions, ChannelRest channels, Func<DiscordPresence, CancellationToken, Task> show) : IDiscordActions
{
    private volatile DiscordPresence _presence = new(PresenceStatus.Online, null);

    /// <summary>What new sessions show.</summary>
    public DiscordPresence Presence => _presence;

    public Task<DiscordMessage> SendAsync(Snowflake channel, OutgoingMessage message, CancellationToken cancellationToken) => messages.SendAsync(channel, message, cancellationToken);

    public Task<DiscordMessage> EditAsync(Snowflake channel, Snowflake message, MessageEdit edit, CancellationToken cancellationToken) => messages.EditAsync(channel, message, edit, cancellationToken);

    public Task DeleteAsync(Snowflake channel, Snowflake message, CancellationToken cancellationToken) => messages.DeleteAsync(channel, message, cancellationToken);

    public Task<DiscordMessage?> FindMessageAsync(Snowflake channel, Snowflake message, CancellationToken cancellationToken) => messages.FindMessageAsync(channel, message, cancellationToken);

    public Task<IReadOnlyList<DiscordMessage>> GetMessagesAsync(Snowflake channel, MessagePage page, CancellationToken cancellationToken) =>
        messages.GetMessagesAsync(channel, page, cancellationToken);

    public Task TypeAsync(Snowflake channel, CancellationToken cancellationToken) => messages.TypeAsync(channel, cancellationToken);

    public EditPace EditPaceIn(Snowflake channel) => messages.EditPaceIn(channel);

    public Task AddReactionAsync(Snowflake channel, Snowflake message, DiscordEmoji emoji, CancellationToken cancellationToken) =>
        messages.AddReactionAsync(channel, message, emoji, cancellationToken);

    public Task RemoveReactionAsync(Snowflake channel, Snowflake message, DiscordEmoji emoji, CancellationToken cancellationToken) =>
        messages.RemoveReactionAsync(channel, message, emoji, cancellationToken);

    public Task<IReadOnlyList<DiscordUser>> GetReactionUsersAsync(
        Snowflake channel, Snowflake message, DiscordEmoji emoji, Snowflake? after, int limit, CancellationToken cancellationToken) =>
        messages.GetReactionUsersAsync(channel, message, emoji, after, limit, cancellationToken);

    public Task RespondAsync(InteractionHandle interaction, OutgoingMessage message, CancellationToken cancellationToken) => interactions.RespondAsync(interaction, message, cancellationToken);

    public Task DeferAsync(InteractionHandle interaction, bool ephemeral, CancellationToken cancellationToken) => interactions.DeferAsync(interaction, ephemeral, cancellationToken);

    public Task DeferUpdateAsync(InteractionHandle interaction, CancellationToken cancellationToken) => interactions.DeferUpdateAsync(interaction, cancellationToken);

    public Task UpdateAsync(InteractionHandle interaction, MessageEdit edit, CancellationToken cancellationToken) => interactions.UpdateAsync(interaction, edit, cancellationToken);

    public Task OpenModalAsync(InteractionHandle interaction, DiscordModal modal, CancellationToken cancellationToken) => interactions.OpenModalAsync(interaction, modal, cancellationToken);

    public Task SuggestAsync(InteractionHandle interaction, CommandOptionKind kind, IReadOnlyList<CommandChoice> choices, CancellationToken cancellationToken) =>
        interactions.SuggestAsync(interaction, kind, choices, cancellationToken);

    public Task<DiscordMessage> EditResponseAsync(InteractionHandle interaction, MessageEdit edit, CancellationToken cancellationToken) =>
        interactions.EditResponseAsync(interaction, edit, cancellationToken);

    public Task<DiscordMessage> GetResponseAsync(InteractionHandle interaction, CancellationToken cancellationToken) => interactions.GetResponseAsync(interaction, cancellationToken);

    public Task DeleteResponseAsync(InteractionHandle interaction, CancellationToken cancellationToken) => interactions.DeleteResponseAsync(interaction, cancellationToken);

    public Task<DiscordMessage> FollowUpAsync(InteractionHandle interaction, OutgoingMessage message, CancellationToken cancellationToken) =>
        interactions.FollowUpAsync(interaction, message, cancellationToken);

    public Task<DiscordMessage> EditFollowUpAsync(InteractionHandle interaction, Snowflake message, MessageEdit edit, CancellationToken cancellationToken) =>
        interactions.EditFollowUpAsync(interaction, message, edit, cancellationToken);

    public EditPace EditPaceOf(InteractionHandle interaction) => interactions.EditPaceOf(interaction);

    public Task RegisterCommandsAsync(Snowflake application, Snowflake? guild, IReadOnlyList<DiscordCommand> commands, CancellationToken cancellationToken) =>
        channels.RegisterAsync(application, guild, commands, cancellationToken);

    public Task SetPresenceAsync(DiscordPresence presence, CancellationToken cancellationToken)
    {
        _presence = presence;
        return show(presence, cancellationToken);
    }

    public Task<DiscordChannel?> FindChannelAsync(Snowflake channel, CancellationToken cancellationToken) => channels.FindChannelAsync(channel, cancellationToken);

    public Task<DiscordChannel> CreateThreadAsync(Snowflake channel, Snowflake? message, NewThread thread, CancellationToken cancellationToken) =>
        channels.CreateThreadAsync(channel, message, thread, cancellationToken);

    public Task<DiscordChannel> OpenDirectAsync(Snowflake user, CancellationToken cancellationToken) => channels.OpenDirectAsync(user, cancellationToken);

    public DiscordPermissions? OwnPermissionsIn(Snowflake channel) => channels.OwnPermissionsIn(channel);

    public DiscordPermissions? PermissionsIn(Snowflake channel, Snowflake user, IReadOnlyList<Snowflake> roles) => channels.PermissionsIn(channel, user, roles);
}
