namespace MicroChat.Discord.Simulator;

/// <summary>Discord's ids: milliseconds since 2015 in the upper 42 bits, below them a counter.</summary>
public static class Snowflake
{
    private const long Epoch = 1_420_070_400_000;

    private const int TimeShift = 22;

    /// <summary>When an id was made.</summary>
    public static DateTimeOffset TimeOf(ulong id) => DateTimeOffset.FromUnixTimeMilliseconds((long)(id >> TimeShift) + Epoch);

    /// <summary>The shard that a guild belongs to.</summary>
    public static int ShardOf(ulong guildId, int shards) => (int)((guildId >> TimeShift) % (ulong)shards);

    internal static ulong At(DateTimeOffset time, uint counter) => ((ulong)(time.ToUnixTimeMilliseconds() - Epoch) << TimeShift) | counter;
}
