using System.Collections.Concurrent;
using System.Text.Json;
using MicroChat.Discord.Client.Json;
using MicroChat.Discord.Port;

namespace MicroChat.Discord.Client;

/// <summary>What the gateway told about guilds, roles and channels; enough to know parents of threads and permissions without asking.</summary>
/// <remarks>Source of the permission rules: Discord API, topics/permissions, "Permission Overwrites". All methods may be called from any thread.</remarks>
internal sealed class GuildDirectory(TimeProvider time)
{
    private const DiscordPermissions All = (DiscordPermissions)ulong.MaxValue;

    /// <summary>What a member keeps who was timed out.</summary>
    private const DiscordPermissions Silenced = DiscordPermissions.ViewChannel | DiscordPermissions.ReadMessageHistory;

    private readonly ConcurrentDictionary<Snowflake, Guild> _guilds = new();
    private readonly ConcurrentDictionary<Snowflake, Place> _places = new();

    private sealed record Guild(DiscordGuild Shown, ConcurrentDictionary<Snowflake, DiscordPermissions> Roles)
    {
        public IReadOnlyList<Snowflake>? OwnRoles { get; set; }

        public DateTimeOffset? SilentUntil { get; set; }
    }

    private sealed record Place(DiscordChannel Channel, IReadOnlyList<Overwrite> Overwrites);

    private readonly record struct Overwrite(Snowflake Id, DiscordPermissions Allow, DiscordPermissions Deny);

    /// <summary>The bot's own account; zero before it is known.</summary>
    public Snowflake SelfId { get; set; }

    /// <summary>A channel or thread; null: not known.</summary>
    public DiscordChannel? Channel(Snowflake id) => _places.TryGetValue(id, out Place? place) ? place.Channel : null;

    /// <summary>Takes in a guild with its roles, channels and threads.</summary>
    /// <returns>Null: it has no id.</returns>
    public DiscordGuild? AddGuild(JsonElement json)
    {
        if (json.Id("id") is not { } id)
        {
            return null;
        }
        DiscordChannel[] channels = [.. json.Items("channels").Concat(json.Items("threads")).Select(c => AddChannel(c, id)).OfType<DiscordChannel>()];
        JsonElement shown = json.Object("properties") ?? json;
        var guild = new DiscordGuild(
            id, shown.Text("name") ?? "", shown.Id("owner_id") ?? default, json.Int("member_count"), shown.Text("preferred_locale") ?? "", channels);
        var entry = new Guild(guild, new ConcurrentDictionary<Snowflake, DiscordPermissions>());
        foreach (JsonElement role in json.Items("roles"))
        {
            SetRole(entry, role);
        }
        foreach (JsonElement own in json.Items("members").Where(m => m.Object("user")?.Id("id") == SelfId))
        {
            SetOwn(entry, own);
        }
        _guilds[id] = entry;
        return guild;
    }

    /// <summary>Name and owner of a guild changed.</summary>
    public void UpdateGuild(JsonElement json)
    {
        if (json.Id("id") is { } id && _guilds.TryGetValue(id, out Guild? old))
        {
            DiscordGuild shown = old.Shown with { Name = json.Text("name") ?? old.Shown.Name, OwnerId = json.Id("owner_id") ?? old.Shown.OwnerId };
            _guilds[id] = old with { Shown = shown };
            foreach (JsonElement role in json.Items("roles"))
            {
                SetRole(old, role);
            }
        }
    }

    public void RemoveGuild(Snowflake id)
    {
        _guilds.TryRemove(id, out _);
        foreach (Place place in _places.Values.Where(p => p.Channel.GuildId == id))
        {
            _places.TryRemove(place.Channel.Id, out _);
        }
    }

    /// <summary>Takes in a channel or thread, new or changed.</summary>
    /// <returns>Null: it has no id.</returns>
    public DiscordChannel? AddChannel(JsonElement json, Snowflake? guild)
    {
        if (EntityReader.Channel(json, guild) is not { } channel)
        {
            return null;
        }
        if (channel is { IsThread: true, ParentId: { } parent } && Channel(parent) is { IsAgeRestricted: true })
        {
            channel = channel with { IsAgeRestricted = true };
        }
        Overwrite[] overwrites = [.. json.Items("permission_overwrites").Where(o => o.Id("id") is not null).Select(o =>
            new Overwrite(o.Id("id")!.Value, (DiscordPermissions)(o.Bits("allow") ?? 0), (DiscordPermissions)(o.Bits("deny") ?? 0)))];
        _places[channel.Id] = new Place(channel, overwrites);
        return channel;
    }

    public void RemoveChannel(Snowflake id) => _places.TryRemove(id, out _);

    public void SetRole(Snowflake guild, JsonElement role)
    {
        if (_guilds.TryGetValue(guild, out Guild? entry))
        {
            SetRole(entry, role);
        }
    }

    public void RemoveRole(Snowflake guild, Snowflake role)
    {
        if (_guilds.TryGetValue(guild, out Guild? entry))
        {
            entry.Roles.TryRemove(role, out _);
        }
    }

    /// <summary>The bot's own roles in a guild changed, or it was timed out.</summary>
    /// <param name="guild">Where.</param>
    /// <param name="member">The bot as a member.</param>
    public void SetOwn(Snowflake guild, JsonElement member)
    {
        if (_guilds.TryGetValue(guild, out Guild? entry))
        {
            SetOwn(entry, member);
        }
    }

    /// <summary>What the bot may do in a channel or thread; null: not known.</summary>
    public DiscordPermissions? OwnPermissions(Snowflake channel)
    {
        if (Channel(channel) is not { } place)
        {
            return null;
        }
        if (place.GuildId is not { } guild)
        {
            return DiscordPermissions.ViewChannel | DiscordPermissions.SendMessages | DiscordPermissions.ReadMessageHistory | DiscordPermissions.AddReactions |
                DiscordPermissions.AttachFiles | DiscordPermissions.EmbedLinks;
        }
        return _guilds.TryGetValue(guild, out Guild? entry) && entry.OwnRoles is { } roles ? Heard(entry, Permissions(channel, SelfId, roles)) : null;
    }

    /// <summary>What a member may do in a channel or thread; null: not known.</summary>
    public DiscordPermissions? Permissions(Snowflake channel, Snowflake user, IReadOnlyList<Snowflake> roles)
    {
        if (!_places.TryGetValue(channel, out Place? place) || place.Channel.GuildId is not { } guild || !_guilds.TryGetValue(guild, out Guild? entry))
        {
            return null;
        }
        if (place.Channel.IsThread && (place.Channel.ParentId is not { } parent || !_places.TryGetValue(parent, out place)))
        {
            return null;
        }
        return entry.Shown.OwnerId == user ? All : Combine(entry, guild, place.Overwrites, user, roles);
    }

    private static DiscordPermissions? Combine(Guild entry, Snowflake everyone, IReadOnlyList<Overwrite> overwrites, Snowflake user, IReadOnlyList<Snowflake> roles)
    {
        if (!entry.Roles.TryGetValue(everyone, out DiscordPermissions held))
        {
            return null;
        }
        foreach (Snowflake role in roles)
        {
            held |= entry.Roles.GetValueOrDefault(role);
        }
        if (held.HasFlag(DiscordPermissions.Administrator))
        {
            return All;
        }
        held = Apply(held, overwrites.Where(o => o.Id == everyone));
        held = Apply(held, overwrites.Where(o => roles.Contains(o.Id)));
        held = Apply(held, overwrites.Where(o => o.Id == user));
        return held.HasFlag(DiscordPermissions.ViewChannel) ? held : DiscordPermissions.None;
    }

    /// <summary>All denials of one level first, then all grants of it.</summary>
    private static DiscordPermissions Apply(DiscordPermissions held, IEnumerable<Overwrite> level)
    {
        DiscordPermissions allow = 0, deny = 0;
        foreach (Overwrite overwrite in level)
        {
            (allow, deny) = (allow | overwrite.Allow, deny | overwrite.Deny);
        }
        return (held & ~deny) | allow;
    }

    /// <summary>A time-out leaves nothing but reading; owners and administrators cannot be timed out.</summary>
    private DiscordPermissions? Heard(Guild guild, DiscordPermissions? held) =>
        guild.SilentUntil is { } until && until > time.GetUtcNow() && held is { } all && !all.HasFlag(DiscordPermissions.Administrator) ? all & Silenced : held;

    private static void SetOwn(Guild guild, JsonElement member)
    {
        guild.OwnRoles = member.Ids("roles");
        guild.SilentUntil = member.Time("communication_disabled_until");
    }

    private static void SetRole(Guild guild, JsonElement role)
    {
        if (role.Id("id") is { } id)
        {
            guild.Roles[id] = (DiscordPermissions)(role.Bits("permissions") ?? 0);
        }
    }
}
