namespace MicroChat.Discord.Simulator.World;

/// <summary>One emoji under a message and everyone who put it there.</summary>
public sealed class SimReaction
{
    internal SimReaction(SimEmoji emoji) => Emoji = emoji;

    public SimEmoji Emoji { get; }

    /// <summary>User ids.</summary>
    public IReadOnlyCollection<ulong> Users => UserSet;

    internal SortedSet<ulong> UserSet { get; } = [];
}
