using MicroChat.Discord.Port;

namespace MicroChat.Discord.Client.Rest;

/// <summary>One kind of request and where it goes.</summary>
/// <param name="Method">GET, POST …</param>
/// <param name="Template">The path with names in place of ids: the key of the rate limit, and what messages show.</param>
/// <param name="Path">The path itself, relative to the base; it can hold secrets.</param>
/// <param name="Major">The part of the path that has limits of its own: channel, guild, or webhook with token.</param>
internal sealed record Route(HttpMethod Method, string Template, string Path, string Major)
{
    /// <summary>Whether the bot's token goes along. Interactions and their webhooks carry a token in the path instead.</summary>
    public bool Authorized { get; init; } = true;

    /// <summary>Whether it can be sent again when nobody knows whether it was done.</summary>
    public bool Repeatable { get; init; } = true;

    public override string ToString() => $"{Method} {Template}";

    public static Route GatewayBot() => new(HttpMethod.Get, "gateway/bot", "gateway/bot", "");

    public static Route OwnApplication() => new(HttpMethod.Get, "applications/@me", "applications/@me", "");

    public static Route OwnUser() => new(HttpMethod.Get, "users/@me", "users/@me", "");

    public static Route OwnGuilds(int most) => new(HttpMethod.Get, "users/@me/guilds", $"users/@me/guilds?limit={most}", "");

    public static Route Guild(Snowflake guild) => new(HttpMethod.Get, "guilds/{guild}", $"guilds/{guild}", guild.ToString());

    public static Route GuildChannels(Snowflake guild) => new(HttpMethod.Get, "guilds/{guild}/channels", $"guilds/{guild}/channels", guild.ToString());

    public static Route Member(Snowflake guild, Snowflake user) => new(HttpMethod.Get, "guilds/{guild}/members/{user}", $"guilds/{guild}/members/{user}", guild.ToString());

    public static Route Send(Snowflake channel) => OfChannel(HttpMethod.Post, channel, "/messages", "");

    public static Route Typing(Snowflake channel) => OfChannel(HttpMethod.Post, channel, "/typing", "");

    public static Route Messages(Snowflake channel, string query) => OfChannel(HttpMethod.Get, channel, "/messages", query);

    /// <summary>One message: to fetch, change or delete.</summary>
    public static Route Message(HttpMethod method, Snowflake channel, Snowflake message) =>
        new(method, "channels/{channel}/messages/{message}", $"channels/{channel}/messages/{message}", channel.ToString());

    public static Route OwnReaction(HttpMethod method, Snowflake channel, Snowflake message, DiscordEmoji emoji) => new(
        method, "channels/{channel}/messages/{message}/reactions/{emoji}/@me", $"channels/{channel}/messages/{message}/reactions/{emoji.PathSegment}/@me", channel.ToString());

    public static Route Reactions(Snowflake channel, Snowflake message, DiscordEmoji emoji, string query) => new(
        HttpMethod.Get, "channels/{channel}/messages/{message}/reactions/{emoji}", $"channels/{channel}/messages/{message}/reactions/{emoji.PathSegment}{query}", channel.ToString());

    public static Route Channel(Snowflake channel) => OfChannel(HttpMethod.Get, channel, "", "");

    public static Route Thread(Snowflake channel) => OfChannel(HttpMethod.Post, channel, "/threads", "") with { Repeatable = false };

    public static Route ThreadFrom(Snowflake channel, Snowflake message) =>
        new(HttpMethod.Post, "channels/{channel}/messages/{message}/threads", $"channels/{channel}/messages/{message}/threads", channel.ToString());

    public static Route OwnDirect() => new(HttpMethod.Post, "users/@me/channels", "users/@me/channels", "");

    public static Route Commands(Snowflake application, Snowflake? guild) => guild is { } id
        ? new(HttpMethod.Put, "applications/{application}/guilds/{guild}/commands", $"applications/{application}/guilds/{id}/commands", id.ToString())
        : new(HttpMethod.Put, "applications/{application}/commands", $"applications/{application}/commands", "");

    public static Route Callback(InteractionHandle interaction) =>
        new(HttpMethod.Post, "interactions/{interaction}/{token}/callback", $"interactions/{interaction.Id}/{Uri.EscapeDataString(interaction.Token)}/callback", interaction.Id.ToString())
        {
            Authorized = false,
        };

    public static Route FollowUp(InteractionHandle interaction) => OfWebhook(HttpMethod.Post, interaction, "", "") with { Repeatable = false };

    public static Route Response(HttpMethod method, InteractionHandle interaction) => OfWebhook(method, interaction, "/messages/@original", "/messages/%40original");

    public static Route FollowUpMessage(HttpMethod method, InteractionHandle interaction, Snowflake message) => OfWebhook(method, interaction, "/messages/{message}", $"/messages/{message}");

    private static Route OfChannel(HttpMethod method, Snowflake channel, string rest, string query) =>
        new(method, "channels/{channel}" + rest, $"channels/{channel}{rest}{query}", channel.ToString());

    private static Route OfWebhook(HttpMethod method, InteractionHandle interaction, string template, string rest)
    {
        string token = Uri.EscapeDataString(interaction.Token);
        return new Route(method, "webhooks/{application}/{token}" + template, $"webhooks/{interaction.ApplicationId}/{token}{rest}", $"{interaction.ApplicationId}/{token}")
        {
            Authorized = false,
        };
    }
}
