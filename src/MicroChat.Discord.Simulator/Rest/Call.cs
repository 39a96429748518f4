using MicroChat.Discord.Simulator.Gateway;
using MicroChat.Discord.Simulator.World;

namespace MicroChat.Discord.Simulator.Rest;

/// <summary>One request of the bot: what it asks for, and the checks that every route begins with. The world's lock is held.</summary>
internal sealed class Call
{
    public required DiscordWorld World { get; init; }

    public required GatewayHub Hub { get; init; }

    public required IReadOnlyDictionary<string, string> Values { get; init; }

    /// <summary>Query parameters.</summary>
    public required IReadOnlyDictionary<string, string> Query { get; init; }

    public required Form Body { get; init; }

    /// <summary>The body where it is a list.</summary>
    public required IReadOnlyList<Form>? List { get; init; }

    public IReadOnlyList<UploadedFile> Files { get; init; } = [];

    public SimUser Bot => World.Bot;

    /// <summary>Whether texts of others are kept from the bot.</summary>
    public bool IsStripped => !World.Options.MessageContentIntent;

    public ulong Id(string name) => Form.ReadId(Values[name])
        ?? throw DiscordFault.Invalid(name + "_id", "NUMBER_TYPE_COERCE", $"Value \"{Values[name]}\" is not snowflake.");

    /// <summary>A number of the query.</summary>
    public int QueryNumber(string name, int otherwise, int smallest, int largest)
    {
        if (!Query.TryGetValue(name, out string? text))
        {
            return otherwise;
        }
        return int.TryParse(text, out int number) && number >= smallest && number <= largest ? number
            : throw DiscordFault.Invalid(name, "NUMBER_TYPE_MAX", $"int value should be between {smallest} and {largest}.");
    }

    /// <summary>An id of the query.</summary>
    public ulong? QueryId(string name) => !Query.TryGetValue(name, out string? text) ? null
        : Form.ReadId(text) ?? throw DiscordFault.Invalid(name, "NUMBER_TYPE_COERCE", $"Value \"{text}\" is not snowflake.");

    /// <summary>The channel of the path, which the bot must be able to see.</summary>
    public SimChannel Channel()
    {
        SimChannel channel = World.FindChannel(Id("channel")) ?? throw DiscordFault.UnknownChannel;
        return World.Sees(channel) ? channel : throw DiscordFault.MissingAccess;
    }

    /// <summary>The channel of the path, where the bot must have permissions.</summary>
    public SimChannel Channel(SimPermissions needed)
    {
        SimChannel channel = Channel();
        Require(channel, needed);
        return channel;
    }

    public void Require(SimChannel channel, SimPermissions needed)
    {
        if (!PermissionRules.Of(channel, Bot).HasFlag(needed))
        {
            throw DiscordFault.MissingPermissions;
        }
    }

    /// <summary>The guild of the path, which the bot must be in.</summary>
    public SimGuild Guild() => World.FindGuild(Id("guild")) ?? throw DiscordFault.UnknownGuild;

    /// <summary>The guild of the path, where the bot must have permissions.</summary>
    public SimGuild Guild(SimPermissions needed)
    {
        SimGuild guild = Guild();
        return PermissionRules.Of(guild, guild.Member(Bot.Id)!).HasFlag(needed) ? guild : throw DiscordFault.MissingPermissions;
    }

    /// <summary>The message of the path, in a channel.</summary>
    public SimMessage Message(SimChannel channel) => channel.Find(Id("message")) ?? throw DiscordFault.UnknownMessage;

    /// <summary>The emoji of the path.</summary>
    public SimEmoji Emoji() => SimEmoji.Read(Values["emoji"], World.KnowsEmoji) ?? throw DiscordFault.UnknownEmoji;
}
