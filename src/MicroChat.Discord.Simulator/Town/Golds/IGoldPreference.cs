namespace MicroChat.Discord.Simulator.Town.Golds;

/// <summary>
/// What the people of a simulated town like in a reply: hidden from bot and trainer, who see clicks only. A town is rehearsed with one; write your own to
/// rehearse another.
/// </summary>
/// <remarks>Implementations are pure: the same two texts always have the same scores. They may be called from many threads.</remarks>
public interface IGoldPreference
{
    /// <summary>Short name for options and reports, such as <c>warmth</c>.</summary>
    public string Name { get; }

    /// <summary>What is liked, in a sentence.</summary>
    public string Words { get; }

    /// <summary>What a reply is worth to people, from 0 to 1: what the loop should raise.</summary>
    /// <param name="prompt">What was asked.</param>
    /// <param name="reply">The whole reply.</param>
    public double Value(string prompt, string reply);

    /// <summary>What people click by, from 0 to 1. Honest preferences click by what they value; where the two part, optimising clicks does harm.</summary>
    /// <inheritdoc cref="Value"/>
    public double Appeal(string prompt, string reply) => Value(prompt, reply);
}
