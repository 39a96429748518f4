using MicroChat.Model.Decoding;

namespace MicroChat.Chat.Serving;

/// <summary>
/// The caches of one model within a memory budget. A sequence that begins as another did starts from a copy of that one's keys and
/// values, be it running or over; caches that nobody uses stay until their room is needed, least recently used first.
/// </summary>
internal sealed class PrefixPool(IDecoder decoder, int contextTokens, long budgetBytes) : IDisposable
{
    /// <summary>Smallest cache; larger ones double, so that a freed one fits the next. Unit: tokens.</summary>
    private const int SmallestSlots = 256;

    private readonly List<PrefixEntry> _entries = [];
    private long _budgetBytes = budgetBytes;
    private long _bytes;
    private long _clock;
    private int _running;

    /// <summary>Sets the memory that caches may take. Unit: bytes.</summary>
    public void SetBudget(long bytes)
    {
        _budgetBytes = bytes;
        Trim();
    }

    /// <summary>A cache for a new sequence that holds as much of its prompt as any cache here does, but its last token, whose logits are needed.</summary>
    /// <param name="prompt">(T)</param>
    /// <param name="tokens">Slots that the sequence may need. Unit: tokens.</param>
    /// <returns>The cache; null: others have to end first.</returns>
    public PrefixEntry? TryTake(ReadOnlySpan<int> prompt, int tokens)
    {
        (PrefixEntry? best, int same) = Longest(prompt[..^1]);
        int slots = RoundUp(tokens);
        bool idle = best is { IsRunning: false } && best.Cache.Slots >= slots;
        PrefixEntry? taken = idle && IsMostlyUsed(best!, same) ? best : Acquire(slots, best) ?? (idle ? best : null);
        if (taken is null)
        {
            taken = Acquire(slots, spared: null);                     // without the prefix, whose room may be what is needed
            (best, same) = best is { IsRunning: true } ? (best, same) : (null, 0);
        }
        if (taken is null)
        {
            return null;
        }
        Fill(taken, best, same);
        taken.IsRunning = true;
        _running++;
        return taken;
    }

    /// <summary>Takes over what other caches meanwhile hold of the prompt of a sequence that has computed nothing itself.</summary>
    /// <returns>Tokens that the cache now holds.</returns>
    public int Extend(PrefixEntry entry, ReadOnlySpan<int> prompt)
    {
        (PrefixEntry? best, int same) = Longest(prompt[..^1]);
        if (best is not null && same > entry.Cache.Seen)
        {
            entry.CopyFrom(best, same);
        }
        return entry.Cache.Seen;
    }

    /// <summary>Gives a cache back; its content stays useful until its room is needed.</summary>
    public void Return(PrefixEntry entry)
    {
        entry.IsRunning = false;
        entry.LastUsed = ++_clock;
        _running--;
        Trim();
    }

    public void Dispose()
    {
        foreach (PrefixEntry entry in _entries)
        {
            entry.Dispose();
        }
        _entries.Clear();
    }

    private void Trim()
    {
        while (_bytes > _budgetBytes && Oldest(spared: null, slots: 0) is { } victim)
        {
            Remove(victim);
        }
    }

    /// <summary>The cache that begins with most of these tokens, of several one that is free; null: none begins with the first.</summary>
    private (PrefixEntry? Best, int Same) Longest(ReadOnlySpan<int> ids)
    {
        PrefixEntry? best = null;
        int same = 0;
        foreach (PrefixEntry entry in _entries)
        {
            int common = entry.Ids.CommonPrefixLength(ids);
            if (common > same || (common == same && best is { IsRunning: true } && !entry.IsRunning))
            {
                (best, same) = (entry, common);
            }
        }
        return (best, same);
    }

    /// <summary>A continued conversation takes its own cache over; where much else is in it, that stays for others and is copied.</summary>
    private static bool IsMostlyUsed(PrefixEntry entry, int same) => entry.Cache.Seen - same <= entry.Cache.Seen / 4;

    private static void Fill(PrefixEntry taken, PrefixEntry? best, int same)
    {
        if (best is null || taken == best)
        {
            taken.Cache.Truncate(taken == best ? same : 0);
            return;
        }
        taken.CopyFrom(best, same);
        if (!best.IsRunning && IsMostlyUsed(best, same))
        {
            best.LastUsed = 0;                                        // the copy goes on from here: this one is the first to go
        }
    }

    /// <summary>A cache of these slots: one of the same size where the budget is used up, or a new one in its place.</summary>
    private PrefixEntry? Acquire(int slots, PrefixEntry? spared)
    {
        long bytes = slots * BytesPerSlot;
        if (_bytes + bytes > _budgetBytes && Oldest(spared, slots) is { } reused)
        {
            reused.Cache.Truncate(0);
            return reused;
        }
        while (_bytes + bytes > _budgetBytes && Oldest(spared, slots: 0) is { } victim)
        {
            Remove(victim);
        }
        if (_bytes + bytes > _budgetBytes && (_running > 0 || spared is not null))
        {
            return null;
        }
        var entry = new PrefixEntry(decoder.NewCache(slots));
        _entries.Add(entry);
        _bytes += entry.Cache.Bytes;
        return entry;
    }

    private long BytesPerSlot => 2L * decoder.Config.Layers * decoder.Config.KeyValueHeads * decoder.Config.HeadSize * sizeof(float);

    private PrefixEntry? Oldest(PrefixEntry? spared, int slots)
    {
        PrefixEntry? oldest = null;
        foreach (PrefixEntry entry in _entries)
        {
            if (!entry.IsRunning && entry != spared && (slots == 0 || entry.Cache.Slots == slots) && (oldest is null || entry.LastUsed < oldest.LastUsed))
            {
                oldest = entry;
            }
        }
        return oldest;
    }

    private void Remove(PrefixEntry entry)
    {
        _bytes -= entry.Cache.Bytes;
        _entries.Remove(entry);
        entry.Dispose();
    }

    private int RoundUp(int tokens)
    {
        int slots = SmallestSlots;
        while (slots < tokens)
        {
            slots *= 2;
        }
        return Math.Min(slots, contextTokens);
    }
}
