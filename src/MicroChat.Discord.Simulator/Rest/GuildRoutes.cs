using System.Text.Json.Nodes;
using MicroChat.Discord.Simulator.Json;
using MicroChat.Discord.Simulator.World;

namespace MicroChat.Discord.Simulator.Rest;

/// <summary>Guilds with their channels, roles, members and active threads.</summary>
internal static class GuildRoutes
{
    public static IEnumerable<Route> All =>
    [
        new("GET", "/guilds/{guild}", call => Answer.Ok(GuildJson.Of(call.Guild()))),
        new("GET", "/guilds/{guild}/channels", Channels),
        new("POST", "/guilds/{guild}/channels", CreateChannel),
        new("GET", "/guilds/{guild}/roles", call => Answer.Ok(Text.Array(call.Guild().Roles.Select(GuildJson.Role)))),
        new("GET", "/guilds/{guild}/members", Members),
        new("GET", "/guilds/{guild}/members/{user}", call => Answer.Ok(UserJson.Of(Member(call), withUser: true))),
        new("PUT", "/guilds/{guild}/members/{user}/roles/{role}", call => SetRole(call, true)),
        new("DELETE", "/guilds/{guild}/members/{user}/roles/{role}", call => SetRole(call, false)),
        new("GET", "/guilds/{guild}/threads/active", ActiveThreads),
    ];

    private static Answer Channels(Call call) => Answer.Ok(Text.Array(call.Guild().Channels.Where(c => !c.IsThread).Select(ChannelJson.Of)));

    private static Answer CreateChannel(Call call)
    {
        SimGuild guild = call.Guild(SimPermissions.ManageChannels);
        string? name = call.Body.Text("name", 100, 1, required: true);
        long type = call.Body.Integer("type", 0, 16) ?? 0;
        if (!Enum.IsDefined((SimChannelType)type) || type is 1 or 10 or 11 or 12)
        {
            call.Body.Wrong<string>("type", "BASE_TYPE_CHOICES", "Value must be one of {0, 4, 5, 15, 16}.");
        }
        SimChannel? parent = call.Body.Id("parent_id") is { } id ? call.World.FindChannel(id) : null;
        call.Body.Errors.ThrowIfAny();
        return Answer.Created(ChannelJson.Of(call.World.AddChannel(guild, name!, (SimChannelType)type, parent)));
    }

    private static Answer Members(Call call)
    {
        SimGuild guild = call.Guild();
        if (!call.World.Options.GuildMembersIntent)
        {
            throw DiscordFault.MissingAccess;
        }
        int limit = call.QueryNumber("limit", 1, 1, 1000);
        ulong after = call.QueryId("after") ?? 0;
        return Answer.Ok(Text.Array(guild.Members.Where(m => m.User.Id > after).Take(limit).Select(m => UserJson.Of(m, withUser: true))));
    }

    private static SimMember Member(Call call) => call.Guild().Member(call.Id("user")) ?? throw DiscordFault.UnknownMember;

    private static Answer SetRole(Call call, bool has)
    {
        SimGuild guild = call.Guild(SimPermissions.ManageRoles);
        SimMember member = Member(call);
        SimRole role = guild.Role(call.Id("role")) ?? throw DiscordFault.UnknownRole;
        if (has)
        {
            call.World.Grant(guild, member.User, role);
        }
        else
        {
            member.Roles.Remove(role.Id);
        }
        return Answer.NoContent;
    }

    private static Answer ActiveThreads(Call call)
    {
        SimChannel[] threads = [.. call.Guild().Channels.Where(c => c.IsThread && !c.IsArchived && call.World.Sees(c))];
        return Answer.Ok(ThreadRoutes.Listing(call, threads));
    }
}
