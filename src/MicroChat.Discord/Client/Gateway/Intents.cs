namespace MicroChat.Discord.Client.Gateway;

/// <summary>Which events are asked for: no more than the bot uses.</summary>
/// <remarks>Source: Discord API, events/gateway, "List of Intents".</remarks>
internal static class Intents
{
    private const int Guilds = 1 << 0, GuildMembers = 1 << 1, GuildMessages = 1 << 9, GuildMessageReactions = 1 << 10, DirectMessages = 1 << 12, DirectMessageReactions = 1 << 13,
        MessageContent = 1 << 15;

    public static int Of(DiscordOptions options) =>
        Guilds | GuildMessages | GuildMessageReactions | DirectMessages | DirectMessageReactions | (options.MessageContent ? MessageContent : 0) | (options.Members ? GuildMembers : 0);
}
