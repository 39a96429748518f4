using System.Text.Json.Nodes;
using MicroChat.Discord.Simulator.Json;
using MicroChat.Discord.Simulator.World;

namespace MicroChat.Discord.Simulator.Rest;

/// <summary>The gateway's address, the bot itself, users, direct conversations.</summary>
internal static class UserRoutes
{
    public static IEnumerable<Route> All =>
    [
        new("GET", "/gateway", call => Answer.Ok(new JsonObject { ["url"] = call.Hub.Url })) { NeedsToken = false },
        new("GET", "/gateway/bot", Gateway),
        new("GET", "/users/@me", call => Answer.Ok(UserJson.Self(call.Bot))),
        new("PATCH", "/users/@me", Rename),
        new("GET", "/users/@me/guilds", Guilds),
        new("DELETE", "/users/@me/guilds/{guild}", Leave),
        new("POST", "/users/@me/channels", OpenDirect),
        new("GET", "/users/{user}", call => Answer.Ok(UserJson.Of(call.World.FindUser(call.Id("user")) ?? throw DiscordFault.UnknownUser))),
        new("GET", "/applications/@me", call => Answer.Ok(Applications.Json(call.World))),
        new("PATCH", "/applications/@me", call => Answer.Ok(Applications.Json(call.World))),
        new("GET", "/oauth2/applications/@me", call => Answer.Ok(Applications.Json(call.World))),
    ];

    private static Answer Gateway(Call call) => Answer.Ok(new JsonObject
    {
        ["url"] = call.Hub.Url,
        ["shards"] = call.World.Options.Shards,
        ["session_start_limit"] = new JsonObject
        {
            ["total"] = call.World.Options.SessionStarts,
            ["remaining"] = call.Hub.Budget.Remaining,
            ["reset_after"] = (long)call.Hub.Budget.ResetAfter.TotalMilliseconds,
            ["max_concurrency"] = call.World.Options.MaxConcurrency,
        },
    });

    private static Answer Rename(Call call)
    {
        string? name = call.Body.Text("username", 32, 2);
        call.Body.Errors.ThrowIfAny();
        call.Bot.Name = name ?? call.Bot.Name;
        return Answer.Ok(UserJson.Self(call.Bot));
    }

    private static Answer Guilds(Call call)
    {
        int limit = call.QueryNumber("limit", 200, 1, 200);
        ulong after = call.QueryId("after") ?? 0;
        return Answer.Ok(Text.Array(call.World.Guilds.Where(g => g.Id > after).Take(limit).Select(g => new JsonObject
        {
            ["id"] = Text.Of(g.Id),
            ["name"] = g.Name,
            ["icon"] = null,
            ["owner"] = g.Owner == call.Bot,
            ["permissions"] = Text.Of(PermissionRules.Of(g, g.Member(call.Bot.Id)!)),
            ["features"] = new JsonArray(),
        })));
    }

    private static Answer Leave(Call call)
    {
        call.World.Leave(call.Guild(), call.Bot);
        return Answer.NoContent;
    }

    private static Answer OpenDirect(Call call)
    {
        ulong? id = call.Body.Id("recipient_id", required: true);
        call.Body.Errors.ThrowIfAny();
        SimUser user = call.World.FindUser(id!.Value) ?? throw DiscordFault.UnknownUser;
        return user.IsBot ? throw DiscordFault.RefusesMessages : Answer.Ok(ChannelJson.Of(call.World.OpenDirect(user)));
    }
}
