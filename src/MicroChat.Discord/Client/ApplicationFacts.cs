using MicroChat.Discord.Port;

namespace MicroChat.Discord.Client;

/// <summary>What Discord says about the bot's application; for finding out why it cannot connect before it tries.</summary>
/// <param name="Id">The application.</param>
/// <param name="Name">Its name.</param>
/// <param name="MayReadContent">The message content intent is switched on.</param>
/// <param name="MaySeeMembers">The server members intent is switched on.</param>
/// <param name="IsPublic">Anybody may invite the bot, not only its owner.</param>
/// <param name="SessionsLeft">New sessions that may still begin today.</param>
/// <param name="SessionsResetAfter">Until there are more.</param>
/// <param name="Shards">How many shards Discord recommends.</param>
public sealed record ApplicationFacts(
    Snowflake Id, string Name, bool MayReadContent, bool MaySeeMembers, bool IsPublic, int SessionsLeft, TimeSpan SessionsResetAfter, int Shards)
{
    /// <summary>What the bot needs, and no more.</summary>
    public const DiscordPermissions LeastPermissions =
        DiscordPermissions.ViewChannel | DiscordPermissions.SendMessages | DiscordPermissions.SendMessagesInThreads | DiscordPermissions.CreatePublicThreads |
        DiscordPermissions.ReadMessageHistory | DiscordPermissions.AddReactions | DiscordPermissions.AttachFiles;

    /// <summary>The address that invites the bot to a server with those permissions.</summary>
    public Uri InviteLink => new($"https://discord.com/oauth2/authorize?client_id={Id}&scope=bot%20applications.commands&permissions={(ulong)LeastPermissions}");
}
