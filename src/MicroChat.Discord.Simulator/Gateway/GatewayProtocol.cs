using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using MicroChat.Discord.Simulator.Journals;
using MicroChat.Discord.Simulator.Json;
using MicroChat.Discord.Simulator.World;

namespace MicroChat.Discord.Simulator.Gateway;

/// <summary>What the gateway says to each frame of a client.</summary>
internal sealed class GatewayProtocol(DiscordWorld world, GatewayHub hub, Journal journal)
{
    private const int MostFrames = 120;
    private const int JournalCharacters = 4096;

    private static readonly TimeSpan FrameWindow = TimeSpan.FromSeconds(60);

    private readonly SessionStart start = new(world, hub);
    private readonly MemberRequest members = new(world);

    /// <summary>HELLO, or the end where the client speaks another version.</summary>
    public void Greet(GatewayConnection connection, string version)
    {
        if (version is not ("9" or "10"))
        {
            connection.Close(CloseCode.InvalidVersion);
            return;
        }
        long interval = (long)world.Options.HeartbeatInterval.TotalMilliseconds;
        connection.Send($"{{\"op\":{Opcode.Hello},\"t\":null,\"s\":null,\"d\":{{\"heartbeat_interval\":{interval},\"_trace\":[\"simulator\"]}}}}");
    }

    /// <summary>Takes a frame; whatever is wrong with it ends the connection with the code that says so.</summary>
    public void Receive(GatewayConnection connection, ReadOnlyMemory<byte> frame)
    {
        try
        {
            using var json = JsonDocument.Parse(frame);
            lock (world.Gate)
            {
                Take(connection, json.RootElement);
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException or KeyNotFoundException)   // not JSON, or not of the frame's form
        {
            connection.Close(CloseCode.DecodeError);
        }
        world.Pulse.Beat();
    }

    private void Take(GatewayConnection connection, JsonElement frame)
    {
        if (frame.ValueKind != JsonValueKind.Object || !frame.TryGetProperty("op", out JsonElement op) || op.ValueKind != JsonValueKind.Number || !op.TryGetInt32(out int code))
        {
            connection.Close(CloseCode.DecodeError);
            return;
        }
        JsonElement data = frame.TryGetProperty("d", out JsonElement d) ? d : default;
        if (IsTooMuch(connection))
        {
            connection.Close(CloseCode.RateLimited);
            return;
        }
        if (code != Opcode.Heartbeat)
        {
            Note(connection, code, data);
        }
        if (connection.Session is null && code is not (Opcode.Heartbeat or Opcode.Identify or Opcode.Resume))
        {
            connection.Close(IsKnown(code) ? CloseCode.NotAuthenticated : CloseCode.UnknownOpcode);
            return;
        }
        Act(connection, code, data);
    }

    private void Act(GatewayConnection connection, int code, JsonElement data)
    {
        switch (code)
        {
            case Opcode.Heartbeat:
                Heartbeat(connection, data);
                break;
            case Opcode.Identify or Opcode.Resume when connection.Session is not null:
                connection.Close(CloseCode.AlreadyAuthenticated);
                break;
            case Opcode.Identify:
                start.Identify(connection, data);
                break;
            case Opcode.Resume:
                start.Resume(connection, data);
                break;
            case Opcode.PresenceUpdate:
                world.Narrate($"the bot is {data.GetProperty("status").GetString()}{Activity(data)}");
                break;
            case Opcode.RequestGuildMembers:
                members.Answer(connection, data);
                break;
            case Opcode.VoiceStateUpdate or Opcode.RequestSoundboardSounds or Opcode.RequestChannelInfo:
                break;                                                  // heard, and of no use to a bot that writes
            default:
                connection.Close(CloseCode.UnknownOpcode);
                break;
        }
    }

    private void Heartbeat(GatewayConnection connection, JsonElement data)
    {
        if (data.ValueKind is not (JsonValueKind.Null or JsonValueKind.Undefined) && (data.ValueKind != JsonValueKind.Number || !data.TryGetInt64(out _)))
        {
            connection.Close(CloseCode.DecodeError);
            return;
        }
        TimeSpan late = world.Now - connection.LastHeartbeat - world.Options.HeartbeatInterval;
        connection.LastHeartbeat = world.Now;
        journal.Add(new JournalEntry
        {
            Time = world.Now,
            Kind = JournalKind.Heartbeat,
            Route = "HEARTBEAT",
            Body = data.ValueKind == JsonValueKind.Number ? data.GetRawText() : "null",
            Shard = connection.Session?.Shard,
            Lateness = late > TimeSpan.Zero ? late : TimeSpan.Zero,
        });
        connection.Send($"{{\"op\":{Opcode.HeartbeatAck},\"d\":null}}");
    }

    private bool IsTooMuch(GatewayConnection connection)
    {
        if (world.Now - connection.WindowStart >= FrameWindow)
        {
            (connection.WindowStart, connection.Received) = (world.Now, 0);
        }
        return ++connection.Received > MostFrames;
    }

    private void Note(GatewayConnection connection, int code, JsonElement data)
    {
        string body = data.ValueKind == JsonValueKind.Undefined ? "" : data.GetRawText().Replace(world.Token, "<token>", StringComparison.Ordinal);
        journal.Add(new JournalEntry
        {
            Time = world.Now,
            Kind = JournalKind.Frame,
            Route = Opcode.Name(code),
            Body = body.Length > JournalCharacters ? body[..JournalCharacters] : body,
            Shard = connection.Session?.Shard,
        });
    }

    private static bool IsKnown(int code) => !Opcode.Name(code).StartsWith("op ", StringComparison.Ordinal);

    private static string Activity(JsonElement data) =>
        data.TryGetProperty("activities", out JsonElement activities) && activities.ValueKind == JsonValueKind.Array && activities.GetArrayLength() > 0
            && activities[0].TryGetProperty("name", out JsonElement name) ? $": {name.GetString()}" : "";
}
