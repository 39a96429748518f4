using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using MicroChat.Discord.Simulator.Json;
using MicroChat.Discord.Simulator.World;

namespace MicroChat.Discord.Simulator.Gateway;

/// <summary>Opcode 8: members of a guild by id or by the beginning of their name, in one chunk. The caller holds the world's lock.</summary>
internal sealed class MemberRequest(DiscordWorld world)
{
    private const int Most = 100;

    public void Answer(GatewayConnection connection, JsonElement data)
    {
        if (!ulong.TryParse(data.GetProperty("guild_id").GetString(), NumberStyles.None, CultureInfo.InvariantCulture, out ulong id) || world.FindGuild(id) is not { } guild)
        {
            return;                             // Discord does not answer for guilds that the bot is not in
        }
        var chunk = new JsonObject
        {
            ["guild_id"] = Text.Of(id),
            ["members"] = Text.Array(Wanted(guild, data).Take(Most).Select(m => UserJson.Of(m, withUser: true))),
            ["chunk_index"] = 0,
            ["chunk_count"] = 1,
        };
        if (data.TryGetProperty("nonce", out JsonElement nonce))
        {
            chunk["nonce"] = nonce.GetString();
        }
        connection.Session?.Dispatch("GUILD_MEMBERS_CHUNK", Text.Utf8(chunk));
    }

    private static IEnumerable<SimMember> Wanted(SimGuild guild, JsonElement data)
    {
        if (data.TryGetProperty("user_ids", out JsonElement ids))
        {
            string[] wanted = ids.ValueKind == JsonValueKind.Array ? [.. ids.EnumerateArray().Select(i => i.GetString() ?? "")] : [ids.GetString() ?? ""];
            return guild.Members.Where(m => wanted.Contains(Text.Of(m.User.Id)));
        }
        string query = data.TryGetProperty("query", out JsonElement q) ? q.GetString() ?? "" : "";
        return guild.Members.Where(m => m.User.Name.StartsWith(query, StringComparison.OrdinalIgnoreCase));
    }
}
