namespace MicroChat.Discord.Simulator;

/// <summary>Makes ids that only rise, also when the clock stands still.</summary>
internal sealed class SnowflakeSource(TimeProvider time)
{
    private const uint CounterEnd = 4096;

    private DateTimeOffset latest;
    private uint counter;

    /// <summary>The next id. The caller holds the world's lock.</summary>
    public ulong Next()
    {
        DateTimeOffset now = time.GetUtcNow();
        now = new DateTimeOffset(now.Ticks - (now.Ticks % TimeSpan.TicksPerMillisecond), TimeSpan.Zero);
        if (now > latest)
        {
            (latest, counter) = (now, 0);
        }
        else if (++counter == CounterEnd)
        {
            (latest, counter) = (latest.AddMilliseconds(1), 0);
        }
        return Snowflake.At(latest, counter);
    }

    /// <summary>An id as if made earlier, for accounts that are older than the simulation.</summary>
    public ulong Aged(TimeSpan age)
    {
        ulong id = Next();                  // its own time, not the clock's a moment later: two ids must not meet in one millisecond with one count
        return Snowflake.At(Snowflake.TimeOf(id) - age, (uint)(id % CounterEnd));
    }
}
