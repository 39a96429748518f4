using System.Text.Json.Nodes;
using MicroChat.Discord.Simulator.Gateway;
using MicroChat.Discord.Simulator.Json;

namespace MicroChat.Discord.Simulator.World;

/// <summary>Puts reactions under messages and takes them away. The caller holds the world's lock.</summary>
internal sealed class ReactionBook(DiscordWorld world)
{
    /// <summary>Most different emoji under one message.</summary>
    public const int MostKinds = 20;

    /// <summary>Adds a reaction; false where it was there.</summary>
    public bool Add(SimMessage message, SimUser user, SimEmoji emoji)
    {
        SimReaction? reaction = Find(message, emoji);
        if (reaction is null)
        {
            if (message.ReactionList.Count == MostKinds)
            {
                throw DiscordFault.TooManyReactions;
            }
            reaction = new SimReaction(emoji);
            message.ReactionList.Add(reaction);
        }
        if (!reaction.UserSet.Add(user.Id))
        {
            return false;
        }
        JsonObject json = About(message, user, emoji);
        json["message_author_id"] = Text.Of(message.Author.Id);
        if (message.Channel.Guild?.Member(user.Id) is { } member)
        {
            json["member"] = UserJson.Of(member, withUser: true);
        }
        Send("MESSAGE_REACTION_ADD", message, json);
        world.Narrate($"{MessageBook.Place(message.Channel)} {user.Name} reacts {emoji.Name}");
        return true;
    }

    /// <summary>Removes a reaction; false where there was none.</summary>
    public bool Remove(SimMessage message, SimUser user, SimEmoji emoji)
    {
        if (Find(message, emoji) is not { } reaction || !reaction.UserSet.Remove(user.Id))
        {
            return false;
        }
        if (reaction.UserSet.Count == 0)
        {
            message.ReactionList.Remove(reaction);
        }
        Send("MESSAGE_REACTION_REMOVE", message, About(message, user, emoji));
        world.Narrate($"{MessageBook.Place(message.Channel)} {user.Name} takes {emoji.Name} back");
        return true;
    }

    /// <summary>Removes all reactions, or all of one emoji.</summary>
    public void Clear(SimMessage message, SimEmoji? emoji)
    {
        var json = new JsonObject { ["channel_id"] = Text.Of(message.Channel.Id), ["message_id"] = Text.Of(message.Id) };
        AddGuild(json, message);
        if (emoji is { } one)
        {
            message.ReactionList.RemoveAll(r => Same(r.Emoji, one));
            json["emoji"] = MessageJson.Emoji(one);
            Send("MESSAGE_REACTION_REMOVE_EMOJI", message, json);
        }
        else
        {
            message.ReactionList.Clear();
            Send("MESSAGE_REACTION_REMOVE_ALL", message, json);
        }
    }

    public static SimReaction? Find(SimMessage message, SimEmoji emoji) => message.ReactionList.Find(r => Same(r.Emoji, emoji));

    private static bool Same(SimEmoji a, SimEmoji b) => a.Id is null ? b.Id is null && a.Name == b.Name : a.Id == b.Id;

    private static JsonObject About(SimMessage message, SimUser user, SimEmoji emoji)
    {
        var json = new JsonObject
        {
            ["user_id"] = Text.Of(user.Id),
            ["channel_id"] = Text.Of(message.Channel.Id),
            ["message_id"] = Text.Of(message.Id),
            ["emoji"] = MessageJson.Emoji(emoji),
            ["burst"] = false,
            ["type"] = 0,
        };
        AddGuild(json, message);
        return json;
    }

    private static void AddGuild(JsonObject json, SimMessage message)
    {
        if (message.Channel.Guild is { } guild)
        {
            json["guild_id"] = Text.Of(guild.Id);
        }
    }

    private void Send(string name, SimMessage message, JsonObject json)
    {
        if (world.Sees(message.Channel))
        {
            world.Send(name, message.Channel.Guild, message.Channel.IsDirect ? Intents.DirectMessageReactions : Intents.GuildMessageReactions, json);
        }
    }
}
