using System.Text.Json.Nodes;
using MicroChat.Discord.Simulator.Gateway;
using MicroChat.Discord.Simulator.Json;

namespace MicroChat.Discord.Simulator.World;

/// <summary>Guilds, roles, members and channels: made and changed by people.</summary>
public sealed partial class DiscordWorld
{
    /// <summary>A new guild that the bot is a member of.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="owner">Its owner; null: a person made for it.</param>
    /// <param name="shard">The shard it shall fall on, of <see cref="SimulatorOptions.Shards"/>; null: whichever it is.</param>
    public SimGuild AddGuild(string name, SimUser? owner = null, int? shard = null)
    {
        owner ??= AddUser(name + "-owner");
        return Act(() =>
        {
            ulong id = Ids.Next();
            while (shard is { } wanted && Snowflake.ShardOf(id, Options.Shards) != wanted)
            {
                id += 1UL << 22;
            }
            var guild = new SimGuild(id, name, owner);
            guilds.Add(id, guild);
            guild.Add(new SimMember(owner, Options.Time));
            guild.Add(new SimMember(Bot, Options.Time));
            SendCreated(guild);
            return guild;
        });
    }

    /// <summary>Makes somebody a member; nothing happens where they are one.</summary>
    public SimMember Join(SimGuild guild, SimUser user) => Act(() =>
    {
        if (guild.Member(user.Id) is { } there)
        {
            return there;
        }
        var member = new SimMember(user, Options.Time);
        guild.Add(member);
        JsonObject json = UserJson.Of(member, withUser: true);
        json["guild_id"] = Text.Of(guild.Id);
        Send("GUILD_MEMBER_ADD", guild, Intents.GuildMembers, json);
        return member;
    });

    /// <summary>Somebody leaves, or is thrown out. When it is the bot, the guild is gone for it.</summary>
    public void Leave(SimGuild guild, SimUser user) => Act(() =>
    {
        if (user == Bot)
        {
            Send("GUILD_DELETE", guild, Intents.Guilds, new JsonObject { ["id"] = Text.Of(guild.Id) });
            foreach (SimChannel channel in guild.Channels)
            {
                channels.Remove(channel.Id);
            }
            guilds.Remove(guild.Id);
        }
        else if (guild.Member(user.Id) is { } member && guild.Remove(member))
        {
            Send("GUILD_MEMBER_REMOVE", guild, Intents.GuildMembers, new JsonObject { ["guild_id"] = Text.Of(guild.Id), ["user"] = UserJson.Of(user) });
        }
        return true;
    });

    /// <summary>A new role.</summary>
    public SimRole AddRole(SimGuild guild, string name, SimPermissions permissions = SimPermissions.None) => Act(() =>
    {
        var role = new SimRole(Ids.Next(), name, permissions) { Position = guild.Roles.Count };
        guild.Add(role);
        Send("GUILD_ROLE_CREATE", guild, Intents.Guilds, new JsonObject { ["guild_id"] = Text.Of(guild.Id), ["role"] = GuildJson.Role(role) });
        return role;
    });

    /// <summary>Changes what a role may do.</summary>
    public void SetPermissions(SimGuild guild, SimRole role, SimPermissions permissions) => Act(() =>
    {
        role.Permissions = permissions;
        Send("GUILD_ROLE_UPDATE", guild, Intents.Guilds, new JsonObject { ["guild_id"] = Text.Of(guild.Id), ["role"] = GuildJson.Role(role) });
        return true;
    });

    /// <summary>Gives somebody a role.</summary>
    public void Grant(SimGuild guild, SimUser user, SimRole role) => Act(() =>
    {
        SimMember member = guild.Member(user.Id) ?? throw DiscordFault.UnknownMember;
        member.Roles.Add(role.Id);
        JsonObject json = UserJson.Of(member, withUser: true);
        json["guild_id"] = Text.Of(guild.Id);
        Send("GUILD_MEMBER_UPDATE", guild, user == Bot ? Intents.None : Intents.GuildMembers, json);
        return true;
    });

    /// <summary>A moderator times a member out: they may read, and nothing else, for so long. Zero ends it. Owners and administrators are not touched by it.</summary>
    public void TimeOut(SimGuild guild, SimUser user, TimeSpan duration) => Act(() =>
    {
        SimMember member = guild.Member(user.Id) ?? throw DiscordFault.UnknownMember;
        member.TimedOutUntil = Now + duration;
        JsonObject json = UserJson.Of(member, withUser: true);
        json["guild_id"] = Text.Of(guild.Id);
        Send("GUILD_MEMBER_UPDATE", guild, user == Bot ? Intents.None : Intents.GuildMembers, json);
        return true;
    });

    /// <summary>A new channel.</summary>
    public SimChannel AddChannel(SimGuild guild, string name, SimChannelType type = SimChannelType.Text, SimChannel? category = null) => Act(() =>
    {
        var channel = new SimChannel(Ids.Next(), type, name, guild) { Parent = category };
        Add(channel);
        SendChannel("CHANNEL_CREATE", channel);
        return channel;
    });

    /// <summary>Replaces what a channel allows or denies a role or a member.</summary>
    public void SetOverwrite(SimChannel channel, SimOverwrite overwrite) => Act(() =>
    {
        foreach (SimOverwrite old in channel.Overwrites.Where(o => o.Id == overwrite.Id).ToArray())
        {
            channel.Overwrites.Remove(old);
        }
        channel.Overwrites.Add(overwrite);
        SendChannel("CHANNEL_UPDATE", channel, visible: true);
        return true;
    });

    /// <summary>Deletes a channel or thread with everything in it.</summary>
    public void Delete(SimChannel channel) => Act(() =>
    {
        Remove(channel);
        return true;
    });

    /// <summary>The conversation of a user with the bot; opened where there is none.</summary>
    public SimChannel DirectChannel(SimUser user) => Act(() => OpenDirect(user));

    internal SimChannel OpenDirect(SimUser user)
    {
        if (!directs.TryGetValue(user.Id, out SimChannel? channel))
        {
            channel = new SimChannel(Ids.Next(), SimChannelType.Direct, null, null) { Recipients = [Bot, user] };
            directs.Add(user.Id, channel);
            channels.Add(channel.Id, channel);
        }
        return channel;
    }

    internal void Add(SimChannel channel)
    {
        channels.Add(channel.Id, channel);
        channel.Guild!.Add(channel);
    }

    internal void Remove(SimChannel channel)
    {
        foreach (SimChannel thread in channel.Guild!.Channels.Where(c => c.IsThread && c.Parent == channel).ToArray())
        {
            Remove(thread);
        }
        channels.Remove(channel.Id);
        channel.Guild.Remove(channel);
        SendChannel(channel.IsThread ? "THREAD_DELETE" : "CHANNEL_DELETE", channel);
    }

    internal void SendChannel(string name, SimChannel channel, bool visible = false)
    {
        if (visible || Sees(channel))
        {
            Send(name, channel.Guild, Intents.Guilds, ChannelJson.Of(channel));
        }
    }

    /// <summary>Whether the bot may see a channel, and so hears what happens there.</summary>
    internal bool Sees(SimChannel channel) => PermissionRules.Of(channel, Bot).HasFlag(SimPermissions.ViewChannel);

    internal void Send(string name, SimGuild? guild, Intents anyOf, JsonObject payload) =>
        Publish(new WorldEvent(name, guild, anyOf, Text.Utf8(payload)));

    private void SendCreated(SimGuild guild) => Send("GUILD_CREATE", guild, Intents.Guilds, GuildJson.Created(guild, Bot));
}
