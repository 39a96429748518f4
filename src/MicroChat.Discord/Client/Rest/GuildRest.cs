using System.Text.Json;
using MicroChat.Discord.Client.Json;
using MicroChat.Discord.Port;

namespace MicroChat.Discord.Client.Rest;

/// <summary>Asks what the bot may do in its servers, without a session on the gateway.</summary>
internal sealed class GuildRest(RestClient rest, TimeProvider time)
{
    private const int MostGuilds = 200;

    /// <summary>The bot's servers, at most 200; the channels of the first <paramref name="detailed"/>.</summary>
    /// <exception cref="DiscordException">Refused or not reached.</exception>
    public async Task<IReadOnlyList<GuildFacts>> FetchAsync(int detailed, CancellationToken cancellationToken)
    {
        Snowflake self = (await rest.SendAsync(Route.OwnUser(), null, cancellationToken).ConfigureAwait(false)).Id("id") ?? default;
        JsonElement list = await rest.SendAsync(Route.OwnGuilds(MostGuilds), null, cancellationToken).ConfigureAwait(false);
        var guilds = new List<GuildFacts>();
        foreach (JsonElement json in list.ValueKind == JsonValueKind.Array ? list.EnumerateArray() : default)
        {
            if (json.Id("id") is not { } id)
            {
                continue;
            }
            var held = (DiscordPermissions)(json.Bits("permissions") ?? 0);
            var guild = new GuildFacts(id, json.Text("name") ?? "", json.Flag("owner") ? DiscordPermissions.None : Missing(held), null, []);
            guilds.Add(guilds.Count < detailed ? await DetailedAsync(guild, self, cancellationToken).ConfigureAwait(false) : guild);
        }
        return guilds;
    }

    private async Task<GuildFacts> DetailedAsync(GuildFacts guild, Snowflake self, CancellationToken cancellationToken)
    {
        var directory = new GuildDirectory(time) { SelfId = self };
        directory.AddGuild(await rest.SendAsync(Route.Guild(guild.Id), null, cancellationToken).ConfigureAwait(false));
        JsonElement member = await rest.SendAsync(Route.Member(guild.Id, self), null, cancellationToken).ConfigureAwait(false);
        directory.SetOwn(guild.Id, member);
        JsonElement list = await rest.SendAsync(Route.GuildChannels(guild.Id), null, cancellationToken).ConfigureAwait(false);
        DiscordChannel[] channels = [.. (list.ValueKind == JsonValueKind.Array ? list.EnumerateArray() : default).Select(json => directory.AddChannel(json, guild.Id)).OfType<DiscordChannel>()];
        DateTimeOffset? silent = member.Time("communication_disabled_until");
        return guild with
        {
            SilentUntil = silent > time.GetUtcNow() ? silent : null,
            Channels =
            [
                .. channels.Where(channel => channel.Kind is ChannelKind.Text or ChannelKind.Announcement or ChannelKind.Forum)
                    .Select(channel => new ChannelFacts(channel.Name, Missing(directory.OwnPermissions(channel.Id) ?? DiscordPermissions.None))),
            ],
        };
    }

    private static DiscordPermissions Missing(DiscordPermissions held) =>
        held.HasFlag(DiscordPermissions.Administrator) ? DiscordPermissions.None : ApplicationFacts.LeastPermissions & ~held;
}
