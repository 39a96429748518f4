namespace MicroChat.Model.Tokenizers.Bpe;

/// <summary>A map from a pair of token ids to a dense index 0, 1, 2 … in order of insertion; open addressing, no removal.</summary>
internal sealed class PairTable
{
    private ulong[] _keys;
    private int[] _indices;                    // −1: the slot is free
    private int _shift;

    public PairTable(int capacity)
    {
        int bits = Math.Max(4, 64 - System.Numerics.BitOperations.LeadingZeroCount((ulong)capacity * 3 / 2));
        _keys = new ulong[1 << bits];
        _indices = new int[1 << bits];
        Array.Fill(_indices, -1);
        _shift = 64 - bits;
    }

    public int Count { get; private set; }

    public static ulong Key(int left, int right) => ((ulong)(uint)left << 32) | (uint)right;

    /// <summary>The pair's index; −1: it was never added.</summary>
    public int Find(ulong key) => _indices[Slot(key)];

    /// <summary>The pair's index; a new pair gets the next one.</summary>
    public int FindOrAdd(ulong key, out bool added)
    {
        int slot = Slot(key);
        added = _indices[slot] < 0;
        if (!added) return _indices[slot];
        if ((Count + 1) * 3L > _keys.Length * 2L)
        {
            Grow();
            slot = Slot(key);
        }
        _keys[slot] = key;
        return _indices[slot] = Count++;
    }

    private int Slot(ulong key)
    {
        int mask = _keys.Length - 1;
        int slot = (int)((key * 0x9E3779B97F4A7C15UL) >> _shift);      // Fibonacci hashing; ids of a pair are small and correlated
        while (_indices[slot] >= 0 && _keys[slot] != key) slot = (slot + 1) & mask;
        return slot;
    }

    private void Grow()
    {
        (ulong[] keys, int[] indices) = (_keys, _indices);
        _keys = new ulong[keys.Length * 2];
        _indices = new int[keys.Length * 2];
        Array.Fill(_indices, -1);
        _shift--;
        for (int i = 0; i < keys.Length; i++)
        {
            if (indices[i] < 0) continue;
            int slot = Slot(keys[i]);
            _keys[slot] = keys[i];
            _indices[slot] = indices[i];
        }
    }
}
