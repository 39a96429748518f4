using MicroChat.Discord.Client;
using MicroChat.Discord.Port;

namespace MicroChat.Diagnosis;

/// <summary>Whether the bot may do in each of its servers what it needs: which permission is missing, what is lost by that, and where to switch it on.</summary>
internal static class DiscordServerChecks
{
    /// <summary>Servers whose channels are looked at one by one.</summary>
    public const int Detailed = 20;

    private const int MostNames = 5;

    private const DiscordPermissions Needed = DiscordPermissions.ViewChannel | DiscordPermissions.SendMessages;

    /// <summary>As Discord's own settings name them, and what the bot does without.</summary>
    private static readonly (DiscordPermissions Permission, string Name, string Loss)[] s_permissions =
    [
        (DiscordPermissions.ViewChannel, "View Channels", "it sees nothing"),
        (DiscordPermissions.SendMessages, "Send Messages", "it cannot answer"),
        (DiscordPermissions.SendMessagesInThreads, "Send Messages in Threads", "it is silent in threads"),
        (DiscordPermissions.CreatePublicThreads, "Create Public Threads", "the mode \"thread\" answers in the channel"),
        (DiscordPermissions.ReadMessageHistory, "Read Message History", "its answers are no replies, and it misses what was asked while it was away"),
        (DiscordPermissions.AddReactions, "Add Reactions", "it cannot react"),
        (DiscordPermissions.AttachFiles, "Attach Files", "very long answers and data exports cannot be sent"),
    ];

    public static IEnumerable<Finding> Findings(IReadOnlyList<GuildFacts> guilds, string invite)
    {
        if (guilds.Count == 0)
        {
            return [Finding.Doubtful("server", "the bot is in no server yet", $"Open {invite} and choose one.")];
        }
        return guilds.SelectMany(guild => Findings(guild, invite));
    }

    private static IEnumerable<Finding> Findings(GuildFacts guild, string invite)
    {
        var findings = new List<Finding>();
        if (guild.SilentUntil is { } until)
        {
            findings.Add(Finding.Broken("server", $"{guild.Name}: the bot is timed out until {until:yyyy-MM-dd HH:mm} UTC and cannot answer", "Have a moderator remove the time-out (right-click the bot, \"Remove Timeout\")."));
        }
        else if (guild.Missing != DiscordPermissions.None)
        {
            bool speaksNowhere = guild.Channels.All(channel => (channel.Missing & Needed) != 0) && (guild.Missing & Needed) != 0;
            string remedy = $"Server Settings, Roles, the bot's role, Permissions: switch on {Names(guild.Missing)}; or open {invite} again and choose the server.";
            string found = $"{guild.Name}: the bot's role lacks {Losses(guild.Missing)}";
            findings.Add(speaksNowhere ? Finding.Broken("server", found, remedy) : Finding.Doubtful("server", found, remedy));
        }
        findings.AddRange(Channels(guild));
        if (findings.Count == 0)
        {
            int hidden = guild.Channels.Count(channel => channel.IsHidden);
            findings.Add(Finding.Good("server", $"{guild.Name}: the bot has every permission that it needs{(hidden > 0 ? $"; {hidden} of {guild.Channels.Count} channels are hidden from it" : "")}"));
        }
        return findings;
    }

    /// <summary>Channels that take away what the role gives; hidden ones are meant to be.</summary>
    private static IEnumerable<Finding> Channels(GuildFacts guild) => guild.SilentUntil is not null ? [] : guild.Channels
        .Where(channel => !channel.IsHidden && (channel.Missing & ~guild.Missing) != 0)
        .GroupBy(channel => channel.Missing & ~guild.Missing)
        .Select(group => Finding.Doubtful("channel", $"{guild.Name}: in {Some([.. group.Select(channel => "#" + channel.Name)])} the bot lacks {Losses(group.Key)}",
            $"Edit Channel, Permissions, add the bot's role and allow {Names(group.Key)}; leave it where the bot is not wanted."));

    private static string Names(DiscordPermissions missing) => string.Join(", ", s_permissions.Where(p => missing.HasFlag(p.Permission)).Select(p => $"\"{p.Name}\""));

    private static string Losses(DiscordPermissions missing) => string.Join(", ", s_permissions.Where(p => missing.HasFlag(p.Permission)).Select(p => $"\"{p.Name}\" ({p.Loss})"));

    private static string Some(IReadOnlyList<string> names) => string.Join(", ", names.Take(MostNames)) + (names.Count > MostNames ? $" and {names.Count - MostNames} more" : "");
}
