using System.Collections.Concurrent;
using MicroChat.Discord.Port;

namespace MicroChat.Discord.Routing;

/// <summary>Ends conversations between bots: after some turns in a place without a person, no bot is answered there until a person writes.</summary>
internal sealed class LoopGuard(int mostTurns)
{
    private readonly ConcurrentDictionary<Snowflake, int> turns = new();

    /// <summary>Counts a message that is about to be answered.</summary>
    /// <returns>False: it goes round in circles; do not answer.</returns>
    public bool Admit(Snowflake channel, bool byBot)
    {
        if (!byBot)
        {
            turns.TryRemove(channel, out _);
            return true;
        }
        return turns.AddOrUpdate(channel, 1, (_, count) => count + 1) <= mostTurns;
    }

    /// <summary>A person wrote something, to whomever.</summary>
    public void PersonSpoke(Snowflake channel) => turns.TryRemove(channel, out _);
}
