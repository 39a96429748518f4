using System.Globalization;
using System.Text.RegularExpressions;

namespace MicroChat.Discord.Simulator.World;

/// <summary>Finds out whom a text mentions and whom that notifies.</summary>
internal static partial class MentionReader
{
    /// <summary>Sets the mentions of a message from its text.</summary>
    /// <returns>The users who are notified, each once; never the author.</returns>
    public static IReadOnlyList<SimUser> Apply(SimMessage message, AllowedMentions allowed, SimMessage? repliedTo, Func<ulong, SimUser?> find)
    {
        SimChannel channel = message.Channel;
        bool mayEveryone = PermissionRules.Of(channel, message.Author).HasFlag(SimPermissions.MentionEveryone);
        var users = new SortedSet<ulong>();
        var roles = new SortedSet<ulong>();
        foreach (Match match in Tags().Matches(message.Content))
        {
            if (!ulong.TryParse(match.Groups["id"].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out ulong id))
            {
                continue;
            }
            if (match.Groups["role"].Length > 0)
            {
                if ((allowed.Roles || allowed.RoleIds.Contains(id)) && channel.Guild?.Role(id) is { } role && (role.Mentionable || mayEveryone))
                {
                    roles.Add(id);
                }
            }
            else if ((allowed.Users || allowed.UserIds.Contains(id)) && find(id) is not null)
            {
                users.Add(id);
            }
        }
        if (repliedTo is not null && allowed.RepliedUser)
        {
            users.Add(repliedTo.Author.Id);
        }
        message.MentionsEveryone = allowed.Everyone && mayEveryone && channel.Guild is not null && Everyone().IsMatch(message.Content);
        (message.MentionedUsers, message.MentionedRoles) = (users, roles);
        return Notified(message, find);
    }

    private static List<SimUser> Notified(SimMessage message, Func<ulong, SimUser?> find)
    {
        IEnumerable<SimUser> named = message.MentionedUsers.Select(id => find(id)!);
        IEnumerable<SimUser> behind = message.Channel.Guild is { } guild
            ? guild.Members.Where(m => message.MentionsEveryone || message.MentionedRoles.Any(r => r == guild.Id || m.Roles.Contains(r))).Select(m => m.User)
            : [];
        return [.. named.Concat(behind).Distinct().Where(u => u != message.Author && PermissionRules.Of(message.Channel, u).HasFlag(SimPermissions.ViewChannel))];
    }

    [GeneratedRegex("<@(?<role>&)?!?(?<id>[0-9]{1,20})>")]
    private static partial Regex Tags();

    [GeneratedRegex("@(everyone|here)")]
    private static partial Regex Everyone();
}
