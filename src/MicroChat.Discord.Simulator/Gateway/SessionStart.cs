using System.Text.Json;
using System.Text.Json.Nodes;
using MicroChat.Discord.Simulator.Json;
using MicroChat.Discord.Simulator.World;

namespace MicroChat.Discord.Simulator.Gateway;

/// <summary>IDENTIFY and RESUME. The caller holds the world's lock.</summary>
internal sealed class SessionStart(DiscordWorld world, GatewayHub hub)
{
    private const int ApiVersion = 10;

    /// <summary>Begins a session, or closes with the code that says what is wrong.</summary>
    public void Identify(GatewayConnection connection, JsonElement data)
    {
        if (data.GetProperty("token").GetString() is not { } token || !IsToken(token))
        {
            connection.Close(CloseCode.AuthenticationFailed);
            return;
        }
        if (!hub.Budget.Take())
        {
            world.ResetToken();
            world.Narrate("too many IDENTIFYs in a day: the token is reset");
            hub.EndAll(CloseCode.AuthenticationFailed);
            return;
        }
        if (data.GetProperty("properties").ValueKind != JsonValueKind.Object)
        {
            connection.Close(CloseCode.DecodeError);
            return;
        }
        (int shard, int shards, bool sharded) = Shard(data);
        int refusal = Refusal(data.GetProperty("intents"), shard, shards, out Intents intents);
        if (refusal != 0)
        {
            connection.Close(refusal);
            return;
        }
        if (!hub.Budget.IsPaced(shard))
        {
            world.Narrate("IDENTIFY came too soon after another one");
            SendInvalid(connection, resumable: false);
            return;
        }
        connection.CompressesFrames = data.TryGetProperty("compress", out JsonElement compress) && compress.ValueKind == JsonValueKind.True;
        Begin(connection, hub.Begin(connection, shard, shards, intents), sharded);
    }

    /// <summary>Goes on with a session: every event after the client's newest, then RESUMED.</summary>
    public void Resume(GatewayConnection connection, JsonElement data)
    {
        string? token = data.GetProperty("token").GetString(), id = data.GetProperty("session_id").GetString();
        long sequence = data.GetProperty("seq").GetInt64();
        if (token is null || !IsToken(token))
        {
            connection.Close(CloseCode.AuthenticationFailed);
            return;
        }
        if (id is null || hub.Find(id) is not { } session)
        {
            SendInvalid(connection, resumable: false);
            return;
        }
        if (sequence < 0 || sequence > session.Sequence)
        {
            hub.End(session);
            connection.Close(CloseCode.InvalidSequence);
            return;
        }
        if (session.After(sequence) is not { } missed)
        {
            hub.End(session);
            SendInvalid(connection, resumable: false);
            return;
        }
        session.Connection?.Close(CloseCode.UnknownError);          // the newer connection wins
        (session.Connection, connection.Session) = (connection, session);
        foreach (byte[] frame in missed)
        {
            connection.Send(frame);
        }
        session.Dispatch("RESUMED", "{\"_trace\":[\"simulator\"]}"u8.ToArray());
        world.Narrate($"gateway: shard {session.Shard} resumes, {missed.Count} events are sent again");
    }

    /// <summary>Opcode 9.</summary>
    public static void SendInvalid(GatewayConnection connection, bool resumable) =>
        connection.Send($"{{\"op\":{Opcode.InvalidSession},\"d\":{(resumable ? "true" : "false")}}}");

    private bool IsToken(string token) => token == world.Token || token == "Bot " + world.Token;

    /// <summary>The shard that a client asks for; a number of shards of 0 where it is nonsense.</summary>
    private static (int Shard, int Shards, bool Sharded) Shard(JsonElement data)
    {
        if (!data.TryGetProperty("shard", out JsonElement pair) || pair.ValueKind == JsonValueKind.Null)
        {
            return (0, 1, false);
        }
        return pair.GetArrayLength() == 2 && pair[0].TryGetInt32(out int shard) && pair[1].TryGetInt32(out int shards) && shard >= 0 && shard < shards
            ? (shard, shards, true) : (0, 0, true);
    }

    private int Refusal(JsonElement asked, int shard, int shards, out Intents intents)
    {
        intents = Intents.None;
        if (shards == 0)
        {
            return CloseCode.InvalidShard;
        }
        if (!asked.TryGetInt32(out int bits) || (bits & ~(int)Intents.Known) != 0)
        {
            return CloseCode.InvalidIntents;
        }
        intents = (Intents)bits;
        SimulatorOptions options = world.Options;
        Intents denied = (options.MessageContentIntent ? Intents.None : Intents.MessageContent)
            | (options.GuildMembersIntent ? Intents.None : Intents.GuildMembers)
            | (options.GuildPresencesIntent ? Intents.None : Intents.GuildPresences);
        if ((intents & denied) != 0)
        {
            return CloseCode.DisallowedIntents;
        }
        return Guilds(shard, shards).Count() > options.GuildsPerShard ? CloseCode.ShardingRequired : 0;
    }

    private void Begin(GatewayConnection connection, GatewaySession session, bool sharded)
    {
        SimGuild[] guilds = [.. Guilds(session.Shard, session.Shards)];
        var ready = new JsonObject
        {
            ["v"] = ApiVersion,
            ["user"] = UserJson.Self(world.Bot),
            ["user_settings"] = new JsonObject(),
            ["session_type"] = "normal",
            ["session_id"] = session.Id,
            ["resume_gateway_url"] = hub.Url,
            ["relationships"] = new JsonArray(),
            ["private_channels"] = new JsonArray(),
            ["presences"] = new JsonArray(),
            ["guilds"] = Text.Array(guilds.Select(g => new JsonObject { ["id"] = Text.Of(g.Id), ["unavailable"] = true })),
            ["guild_join_requests"] = new JsonArray(),
            ["geo_ordered_rtc_regions"] = new JsonArray(),
            ["application"] = new JsonObject { ["id"] = Text.Of(world.Bot.Id), ["flags"] = Applications.Flags(world.Options) },
            ["_trace"] = new JsonArray("simulator"),
        };
        if (sharded)
        {
            ready["shard"] = new JsonArray(session.Shard, session.Shards);
        }
        session.Dispatch("READY", Text.Utf8(ready));
        world.Narrate($"gateway: the bot identifies as shard {session.Shard} of {session.Shards} with intents {(int)session.Intents}");
        if (!session.Intents.HasFlag(Intents.Guilds))
        {
            return;
        }
        foreach (SimGuild guild in guilds)
        {
            session.Dispatch("GUILD_CREATE", Text.Utf8(GuildJson.Created(guild, world.Bot)));
        }
    }

    private IEnumerable<SimGuild> Guilds(int shard, int shards) => world.Guilds.Where(g => Snowflake.ShardOf(g.Id, shards) == shard);
}
