using MicroChat.Discord.Port;

namespace MicroChat.Discord.Routing;

/// <summary>Why a message is answered, or that it is not.</summary>
internal enum Addressing
{
    /// <summary>It is not for the bot.</summary>
    None,
    Direct,
    Mention,
    Reply,

    /// <summary>In a thread where the bot takes part.</summary>
    Continued,

    /// <summary>In a place where the bot answers everything.</summary>
    Free,
}

/// <summary>What is known about the place of a message when it is judged.</summary>
/// <param name="Mode">The mode that holds there.</param>
/// <param name="TakesPart">It is a thread that the bot opened or was mentioned in.</param>
/// <param name="AnsweredBots">Other bots that may talk with this one, by a mention in the text only.</param>
internal sealed record RoutingContext(Snowflake Self, ChannelMode Mode, bool TakesPart, IReadOnlySet<Snowflake> AnsweredBots);

/// <summary>Decides whether a message is for the bot. Knows nothing of quotas, permissions, and words.</summary>
internal static class MessageRouter
{
    public static Addressing Decide(DiscordMessage message, RoutingContext context)
    {
        if (!message.IsWritten || message.WebhookId is not null || message.Author.Id == context.Self || message.Author.IsSystem)
        {
            return Addressing.None;
        }
        bool named = IsNamed(message, context.Self);
        if (message.Author.IsBot)
        {
            return context.AnsweredBots.Contains(message.Author.Id) && named && context.Mode != ChannelMode.Off ? Addressing.Mention : Addressing.None;
        }
        if (message.GuildId is null && message.Channel is not { IsDirect: false })
        {
            return Addressing.Direct;
        }
        bool toSelf = message.Reference is { IsForward: false, Message.Author.Id: var author } && author == context.Self;
        bool mentioned = named || message.Mentions.Any(user => user.Id == context.Self) && !toSelf;
        return context.Mode switch
        {
            ChannelMode.Off => Addressing.None,
            _ when mentioned => Addressing.Mention,
            ChannelMode.Mention => Addressing.None,
            _ when toSelf => Addressing.Reply,
            _ when message.ContentWithheld || IsForSomebodyElse(message, context.Self) => Addressing.None,
            ChannelMode.Free => Addressing.Free,
            _ => context.TakesPart ? Addressing.Continued : Addressing.None,
        };
    }

    /// <summary>Whether the text itself mentions the bot; a reply's ping does not stand in it.</summary>
    public static bool IsNamed(DiscordMessage message, Snowflake self) =>
        message.Content.Contains($"<@{self}>", StringComparison.Ordinal) || message.Content.Contains($"<@!{self}>", StringComparison.Ordinal);

    private static bool IsForSomebodyElse(DiscordMessage message, Snowflake self) =>
        message.MentionsEveryone
        || message.MentionedRoles.Count > 0
        || message.Mentions.Any(user => user.Id != self)
        || message.Reference is { IsForward: false, MessageId: not null };
}
