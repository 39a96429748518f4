using MicroChat.Model.Decoding;

namespace MicroChat.Chat.Serving;

/// <summary>A cache and the tokens whose keys and values it holds.</summary>
internal sealed class PrefixEntry(KeyValueCache cache) : IDisposable
{
    private readonly int[] _ids = new int[cache.Slots];

    public KeyValueCache Cache { get; } = cache;

    /// <summary>Whether a sequence writes into it.</summary>
    public bool IsRunning { get; set; }

    /// <summary>When it was last given back, on the pool's own clock; the smallest goes first.</summary>
    public long LastUsed { get; set; }

    /// <summary>The tokens in the cache, (T).</summary>
    public ReadOnlySpan<int> Ids => _ids.AsSpan(0, Cache.Seen);

    /// <summary>Notes a token about to be fed at a position.</summary>
    public void Note(int position, int id) => _ids[position] = id;

    /// <summary>Becomes a copy of the other's first tokens.</summary>
    public void CopyFrom(PrefixEntry other, int tokens)
    {
        Cache.CopyFrom(other.Cache, tokens);
        other._ids.AsSpan(0, tokens).CopyTo(_ids);
    }

    public void Dispose() => Cache.Dispose();
}
