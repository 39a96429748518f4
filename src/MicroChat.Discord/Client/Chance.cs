namespace MicroChat.Discord.Client;

/// <summary>Random draws for many threads from one generator, which itself is for one.</summary>
internal sealed class Chance(Random random)
{
    private readonly Lock _lock = new();

    /// <summary>From 0 to below 1.</summary>
    public double Next()
    {
        lock (_lock)
        {
            return random.NextDouble();
        }
    }

    /// <summary>A time within the two.</summary>
    public TimeSpan Between(TimeSpan least, TimeSpan most) => least + ((most - least) * Next());

    public ulong Bits()
    {
        lock (_lock)
        {
            return (ulong)random.NextInt64();
        }
    }
}
