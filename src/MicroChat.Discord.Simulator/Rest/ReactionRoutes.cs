using MicroChat.Discord.Simulator.Json;
using MicroChat.Discord.Simulator.World;

namespace MicroChat.Discord.Simulator.Rest;

/// <summary>Reactions: put, take back, list, clear.</summary>
internal static class ReactionRoutes
{
    private const string Base = "/channels/{channel}/messages/{message}/reactions";
    private const string Bucket = "DELETE reactions";

    public static IEnumerable<Route> All =>
    [
        new("PUT", Base + "/{emoji}/@me", Add) { Rule = o => o.Reactions },
        new("DELETE", Base + "/{emoji}/@me", call => Remove(call, call.Bot)) { Rule = o => o.Reactions, SharedBucket = Bucket },
        new("DELETE", Base + "/{emoji}/{user}", RemoveOther) { Rule = o => o.Reactions, SharedBucket = Bucket },
        new("DELETE", Base + "/{emoji}", call => Clear(call, call.Emoji())) { Rule = o => o.Reactions, SharedBucket = Bucket },
        new("DELETE", Base, call => Clear(call, null)) { Rule = o => o.Reactions, SharedBucket = Bucket },
        new("GET", Base + "/{emoji}", List),
    ];

    private static Answer Add(Call call)
    {
        SimMessage message = Target(call, SimPermissions.ReadMessageHistory);
        SimEmoji emoji = call.Emoji();
        if (ReactionBook.Find(message, emoji) is null)
        {
            call.Require(message.Channel, SimPermissions.AddReactions);
        }
        call.World.Reactions.Add(message, call.Bot, emoji);
        return Answer.NoContent;
    }

    private static Answer Remove(Call call, SimUser user)
    {
        SimMessage message = Target(call, SimPermissions.ReadMessageHistory);
        call.World.Reactions.Remove(message, user, call.Emoji());
        return Answer.NoContent;
    }

    private static Answer RemoveOther(Call call)
    {
        SimUser user = call.World.FindUser(call.Id("user")) ?? throw DiscordFault.UnknownUser;
        RefuseModeration(call, user);
        return Remove(call, user);
    }

    private static Answer Clear(Call call, SimEmoji? emoji)
    {
        RefuseModeration(call, null);
        call.World.Reactions.Clear(Target(call, SimPermissions.ReadMessageHistory), emoji);
        return Answer.NoContent;
    }

    private static Answer List(Call call)
    {
        SimMessage message = call.Message(call.Channel(SimPermissions.ReadMessageHistory));
        SimEmoji emoji = call.Emoji();
        ulong after = call.QueryId("after") ?? 0;
        int limit = call.QueryNumber("limit", 25, 1, 100);
        bool burst = call.QueryNumber("type", 0, 0, 1) == 1;
        IEnumerable<ulong> users = burst ? [] : ReactionBook.Find(message, emoji)?.UserSet.Where(u => u > after).Take(limit) ?? [];
        return Answer.Ok(Text.Array(users.Select(u => UserJson.Of(call.World.FindUser(u)!))));
    }

    private static SimMessage Target(Call call, SimPermissions needed)
    {
        SimChannel channel = call.Channel(needed);
        SimMessage message = call.Message(channel);
        return channel.IsArchived ? throw DiscordFault.ThreadArchived : message;
    }

    private static void RefuseModeration(Call call, SimUser? user)
    {
        SimChannel channel = call.Channel();
        if (channel.IsDirect && user != call.Bot)
        {
            throw DiscordFault.NotInDirectMessages;
        }
        call.Require(channel, user == call.Bot ? SimPermissions.None : SimPermissions.ManageMessages);
    }
}
