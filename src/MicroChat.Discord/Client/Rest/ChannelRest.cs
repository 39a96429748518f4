using System.Net;
using System.Text.Json;
using MicroChat.Discord.Client.Json;
using MicroChat.Discord.Port;

namespace MicroChat.Discord.Client.Rest;

/// <summary>Channels, threads and the list of commands over REST.</summary>
internal sealed class ChannelRest(RestClient rest, GuildDirectory directory) : IChannelActions
{
    public async Task<DiscordChannel?> FindChannelAsync(Snowflake channel, CancellationToken cancellationToken)
    {
        if (directory.Channel(channel) is { } known)
        {
            return known;
        }
        Route route = Route.Channel(channel);
        try
        {
            return Read(route, await rest.SendAsync(route, null, cancellationToken).ConfigureAwait(false));
        }
        catch (DiscordException e) when (e.Code is DiscordErrorCode.UnknownChannel or DiscordErrorCode.MissingAccess)
        {
            return null;
        }
    }

    public async Task<DiscordChannel> CreateThreadAsync(Snowflake channel, Snowflake? message, NewThread thread, CancellationToken cancellationToken)
    {
        Route route = message is { } from ? Route.ThreadFrom(channel, from) : Route.Thread(channel);
        RestBody body = RestBody.Of(json => PayloadWriter.Thread(json, thread, fromMessage: message is not null));
        try
        {
            return Read(route, await rest.SendAsync(route, body, cancellationToken).ConfigureAwait(false));
        }
        catch (DiscordException e) when (e is { Code: DiscordErrorCode.ThreadExists, OutcomeUnknown: true } && message is not null)
        {
            if (await FindChannelAsync(message.Value, cancellationToken).ConfigureAwait(false) is { } existing)
            {
                return existing;
            }
            throw;
        }
    }

    public async Task<DiscordChannel> OpenDirectAsync(Snowflake user, CancellationToken cancellationToken)
    {
        Route route = Route.OwnDirect();
        RestBody body = RestBody.Of(json =>
        {
            json.WriteStartObject();
            json.WriteString("recipient_id", user.ToString());
            json.WriteEndObject();
        });
        return Read(route, await rest.SendAsync(route, body, cancellationToken).ConfigureAwait(false));
    }

    public DiscordPermissions? OwnPermissionsIn(Snowflake channel) => directory.OwnPermissions(channel);

    public DiscordPermissions? PermissionsIn(Snowflake channel, Snowflake user, IReadOnlyList<Snowflake> roles) => directory.Permissions(channel, user, roles);

    /// <summary>Replaces the commands of an application.</summary>
    public Task RegisterAsync(Snowflake application, Snowflake? guild, IReadOnlyList<DiscordCommand> commands, CancellationToken cancellationToken) =>
        rest.SendAsync(Route.Commands(application, guild), RestBody.Of(json => CommandWriter.Commands(json, commands, everywhere: guild is null)), cancellationToken);

    private DiscordChannel Read(Route route, JsonElement json) => directory.AddChannel(json, null) ??
        throw new DiscordException($"{route} succeeded, but its answer is no channel. Check that Discord:ApiBase is a Discord API.", HttpStatusCode.OK, 0, null) { OutcomeUnknown = true };
}
