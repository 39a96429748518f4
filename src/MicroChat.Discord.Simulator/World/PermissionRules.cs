namespace MicroChat.Discord.Simulator.World;

/// <summary>Who may do what where: roles, then the channel's overwrites, then what follows from missing the basics.</summary>
internal static class PermissionRules
{
    private const SimPermissions Silenced = SimPermissions.ViewChannel | SimPermissions.ReadMessageHistory;

    private const SimPermissions NeedSending = SimPermissions.MentionEveryone | SimPermissions.SendTtsMessages | SimPermissions.AttachFiles | SimPermissions.EmbedLinks;

    /// <summary>Permissions of a user in a channel; none where the user is not in the guild.</summary>
    public static SimPermissions Of(SimChannel channel, SimUser user)
    {
        if (channel.Guild is not { } guild)
        {
            return channel.Recipients.Contains(user) ? SimPermissions.All : SimPermissions.None;
        }
        if (guild.Member(user.Id) is not { } member)
        {
            return SimPermissions.None;
        }
        SimPermissions held = Of(guild, member);
        if (held.HasFlag(SimPermissions.Administrator))
        {
            return SimPermissions.All;
        }
        held = Overwritten(channel.IsThread ? channel.Parent! : channel, member, held);
        held = member.TimedOutUntil is null ? held : held & Silenced;
        if (!held.HasFlag(SimPermissions.ViewChannel)
            || (channel.Type == SimChannelType.PrivateThread && !channel.ThreadMembers.Contains(user.Id) && !held.HasFlag(SimPermissions.ManageThreads)))
        {
            return SimPermissions.None;
        }
        SimPermissions sending = channel.IsThread ? SimPermissions.SendMessagesInThreads : SimPermissions.SendMessages;
        return held.HasFlag(sending) ? held : held & ~NeedSending;
    }

    /// <summary>Permissions of a member in the whole guild, before any channel's overwrites.</summary>
    public static SimPermissions Of(SimGuild guild, SimMember member)
    {
        if (guild.Owner == member.User)
        {
            return SimPermissions.All;
        }
        SimPermissions held = guild.Everyone.Permissions;
        foreach (ulong id in member.Roles)
        {
            held |= guild.Role(id)?.Permissions ?? SimPermissions.None;
        }
        return held.HasFlag(SimPermissions.Administrator) ? SimPermissions.All : held;
    }

    private static SimPermissions Overwritten(SimChannel channel, SimMember member, SimPermissions held)
    {
        SimPermissions allow = SimPermissions.None, deny = SimPermissions.None;
        foreach (SimOverwrite overwrite in channel.Overwrites)
        {
            if (overwrite.Id == channel.Guild!.Id)
            {
                held = (held & ~overwrite.Deny) | overwrite.Allow;
            }
            else if (!overwrite.IsMember && member.Roles.Contains(overwrite.Id))
            {
                (allow, deny) = (allow | overwrite.Allow, deny | overwrite.Deny);
            }
        }
        held = (held & ~deny) | allow;
        return channel.Overwrites.FirstOrDefault(o => o.IsMember && o.Id == member.User.Id) is { } own ? (held & ~own.Deny) | own.Allow : held;
    }
}
