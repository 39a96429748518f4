using MicroChat.Discord.Port;

namespace MicroChat.Discord.Bot;

/// <summary>Messages that the bot deleted itself because an answer needs fewer: their deletion is nobody's wish to forget.</summary>
internal sealed class OwnDeletions
{
    private const int Most = 10_000;

    private readonly Lock gate = new();
    private readonly HashSet<Snowflake> known = [];
    private readonly Queue<Snowflake> order = new();

    public void Add(Snowflake message)
    {
        lock (gate)
        {
            if (known.Add(message))
            {
                order.Enqueue(message);
            }
            if (order.Count > Most)
            {
                known.Remove(order.Dequeue());
            }
        }
    }

    public bool Contains(Snowflake message)
    {
        lock (gate)
        {
            return known.Contains(message);
        }
    }
}
