namespace MicroChat.Discord.Simulator.Gateway;

/// <summary>Events that are lost, come twice, or come in another order. The caller holds the world's lock.</summary>
internal sealed class EventFaults
{
    private readonly List<WorldEvent> held = [];

    /// <summary>So many of the next events never come.</summary>
    public int Lose { get; set; }

    /// <summary>So many of the next events come twice.</summary>
    public int Duplicate { get; set; }

    /// <summary>So many of the next events are held back and then come in reverse.</summary>
    public int Reverse { get; set; }

    /// <summary>What really goes out when something happened.</summary>
    public IReadOnlyList<WorldEvent> Pass(WorldEvent happened)
    {
        if (Lose > 0)
        {
            Lose--;
            return [];
        }
        if (Duplicate > 0)
        {
            Duplicate--;
            return [happened, happened];
        }
        if (Reverse == 0)
        {
            return [happened];
        }
        Reverse--;
        held.Add(happened);
        if (Reverse > 0)
        {
            return [];
        }
        WorldEvent[] reversed = [.. held.AsEnumerable().Reverse()];
        held.Clear();
        return reversed;
    }
}
