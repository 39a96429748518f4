using System.Runtime.InteropServices;

namespace MicroChat.Discord.Simulator.World;

/// <summary>Where messages are: a channel of a guild, a thread, or a conversation between two.</summary>
public sealed class SimChannel
{
    private readonly List<SimMessage> messages = [];

    internal SimChannel(ulong id, SimChannelType type, string? name, SimGuild? guild) => (Id, Type, Name, Guild) = (id, type, name, guild);

    public ulong Id { get; }

    public SimChannelType Type { get; }

    /// <summary>Null in direct messages.</summary>
    public string? Name { get; internal set; }

    /// <summary>Null in direct messages.</summary>
    public SimGuild? Guild { get; }

    /// <summary>The category, or the channel that a thread belongs to.</summary>
    public SimChannel? Parent { get; internal init; }

    /// <summary>Whether it is age-restricted; threads inherit it.</summary>
    public bool IsNsfw { get => Parent is { } parent && IsThread ? parent.IsNsfw : field; set; }

    public string? Topic { get; set; }

    public IList<SimOverwrite> Overwrites { get; } = [];

    /// <summary>The two sides of a direct conversation.</summary>
    public IReadOnlyList<SimUser> Recipients { get; internal init; } = [];

    /// <summary>Oldest first; without ephemeral and deleted ones.</summary>
    public IReadOnlyList<SimMessage> Messages => messages;

    public bool IsThread => Type is SimChannelType.AnnouncementThread or SimChannelType.PublicThread or SimChannelType.PrivateThread;

    public bool IsDirect => Type == SimChannelType.Direct;

    /// <summary>Whether messages can be posted into it.</summary>
    public bool HoldsMessages => Type is not (SimChannelType.Category or SimChannelType.Forum or SimChannelType.Media);

    /// <summary>Who made the thread.</summary>
    public SimUser? ThreadOwner { get; internal init; }

    public bool IsArchived { get; internal set; }

    public bool IsLocked { get; internal set; }

    /// <summary>The text that links to this channel.</summary>
    public string Mention => $"<#{Id}>";

    internal int AutoArchiveMinutes { get; set; } = 1440;

    internal DateTimeOffset ArchiveChangedAt { get; set; }

    internal SortedSet<ulong> ThreadMembers { get; } = [];

    internal ulong? LastMessageId { get; private set; }

    internal int MessagesEver { get; private set; }

    internal void Add(SimMessage message, int most)
    {
        messages.Add(message);
        (LastMessageId, MessagesEver) = (message.Id, MessagesEver + 1);
        if (messages.Count > most + (most / 8))             // in pieces, so that the cost per message stays constant
        {
            messages.RemoveRange(0, messages.Count - most);
        }
    }

    internal SimMessage? Find(ulong id) => IndexOf(id) is >= 0 and int at ? messages[at] : null;

    internal bool Remove(SimMessage message)
    {
        int at = IndexOf(message.Id);
        if (at >= 0)
        {
            messages.RemoveAt(at);
        }
        return at >= 0;
    }

    /// <summary>Up to <paramref name="limit"/> messages between two ids (both excluded), the newest or the oldest of them, oldest first.</summary>
    internal ReadOnlySpan<SimMessage> Between(ulong after, ulong before, int limit, bool newest)
    {
        int from = FirstFrom(after + 1), to = FirstFrom(before);
        if (to <= from)
        {
            return [];
        }
        int count = Math.Min(limit, to - from);
        return CollectionsMarshal.AsSpan(messages).Slice(newest ? to - count : from, count);
    }

    private int IndexOf(ulong id)
    {
        int at = FirstFrom(id);
        return at < messages.Count && messages[at].Id == id ? at : -1;
    }

    private int FirstFrom(ulong id)
    {
        int low = 0, high = messages.Count;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (messages[middle].Id < id)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }
        return low;
    }
}
