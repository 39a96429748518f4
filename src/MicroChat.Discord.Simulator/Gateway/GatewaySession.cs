using System.Text;

namespace MicroChat.Discord.Simulator.Gateway;

/// <summary>What lasts over the connections of one shard: its sequence of events, kept for RESUME. The caller holds the world's lock.</summary>
internal sealed class GatewaySession(string id, int shard, int shards, Intents intents, int mostReplay)
{
    private const long MostReplayBytes = 64 << 20;

    private readonly Queue<(long Sequence, byte[] Frame)> replay = new();
    private long replayBytes;

    public string Id { get; } = id;

    public int Shard { get; } = shard;

    public int Shards { get; } = shards;

    public Intents Intents { get; } = intents;

    /// <summary>The newest event's number; 0: none yet.</summary>
    public long Sequence { get; private set; }

    /// <summary>The connection that hears the events; null while the bot is away.</summary>
    public GatewayConnection? Connection { get; set; }

    /// <summary>Since when the bot is away.</summary>
    public DateTimeOffset AwaySince { get; set; }

    /// <summary>Sends an event if this session may hear of it.</summary>
    public void Dispatch(WorldEvent happened)
    {
        int home = happened.Guild is { } guild ? Snowflake.ShardOf(guild.Id, Shards) : 0;
        if (home != Shard || (happened.AnyOf != Intents.None && (happened.AnyOf & Intents) == 0))
        {
            return;
        }
        Dispatch(happened.Name, Intents.HasFlag(Intents.MessageContent) ? happened.Payload : happened.Stripped ?? happened.Payload);
    }

    /// <summary>Sends an event to this session alone.</summary>
    public void Dispatch(string name, byte[] payload)
    {
        Sequence++;
        byte[] head = Encoding.ASCII.GetBytes($"{{\"op\":0,\"t\":\"{name}\",\"s\":{Sequence},\"d\":");
        byte[] frame = [.. head, .. payload, (byte)'}'];
        replay.Enqueue((Sequence, frame));
        replayBytes += frame.Length;
        while (replay.Count > mostReplay || replayBytes > MostReplayBytes)
        {
            replayBytes -= replay.Dequeue().Frame.Length;
        }
        Connection?.Send(frame);
    }

    /// <summary>The events after a sequence number; null when they are no longer all there.</summary>
    public IReadOnlyList<byte[]>? After(long sequence)
    {
        long first = replay.TryPeek(out (long Sequence, byte[] Frame) oldest) ? oldest.Sequence : Sequence + 1;
        return sequence < first - 1 ? null : [.. replay.Where(e => e.Sequence > sequence).Select(e => e.Frame)];
    }
}
