namespace MicroChat.Model.Tokenizers.Bpe;

/// <summary>
/// The symbols of one piece as a linked list in which pairs are joined, lowest rank first, leftmost first.
/// Short pieces are searched again after each join; long ones keep their pairs in a heap, so 5,000 letters take n log n steps.
/// </summary>
internal sealed class MergeList
{
    private const int LongPiece = 48;
    private readonly PriorityQueue<(int Left, int Right), long> _pairs = new();
    private Symbol[] _symbols = new Symbol[64];
    private int _count;

    private struct Symbol
    {
        public int Id, Start, End, Previous, Next;
    }

    public int Count => _count;

    public int Id(int index) => _symbols[index].Id;

    /// <summary>Where the symbol came from in the piece. Unit: UTF-16 units.</summary>
    public TextRange Range(int index) => new(_symbols[index].Start, _symbols[index].End);

    public void Clear() => _count = 0;

    public void Add(int id, int start, int end)
    {
        if (_count == _symbols.Length) Array.Resize(ref _symbols, _count * 2);
        _symbols[_count++] = new Symbol { Id = id, Start = start, End = end };
    }

    /// <summary>Joins until no pair has a rank.</summary>
    /// <param name="ranks">(left id, right id) → rank.</param>
    /// <param name="merged">rank → id of the joined token.</param>
    public void Merge(PairTable ranks, int[] merged)
    {
        if (_count < 2 || ranks.Count == 0) return;
        if (_count < LongPiece) MergeShort(ranks, merged);
        else MergeLong(ranks, merged);
    }

    private void MergeShort(PairTable ranks, int[] merged)
    {
        while (_count > 1)
        {
            int best = int.MaxValue, where = -1;
            for (int i = 0; i + 1 < _count; i++)
            {
                int rank = ranks.Find(PairTable.Key(_symbols[i].Id, _symbols[i + 1].Id));
                if (rank >= 0 && rank < best) (best, where) = (rank, i);
            }
            if (where < 0) return;
            _symbols[where].Id = merged[best];
            Cover(where, where + 1);
            Array.Copy(_symbols, where + 2, _symbols, where + 1, _count - where - 2);
            _count--;
        }
    }

    private void MergeLong(PairTable ranks, int[] merged)
    {
        _pairs.Clear();
        for (int i = 0; i < _count; i++) (_symbols[i].Previous, _symbols[i].Next) = (i - 1, i + 1 < _count ? i + 1 : -1);
        for (int i = 0; i + 1 < _count; i++) Offer(i, ranks);
        while (_pairs.TryDequeue(out (int Left, int Right) ids, out long priority))
        {
            int left = (int)(priority & int.MaxValue), right = _symbols[left].Next;
            if (right < 0 || _symbols[left].Id != ids.Left || _symbols[right].Id != ids.Right) continue;   // joined elsewhere meanwhile
            _symbols[left].Id = merged[(int)(priority >> 31)];
            Cover(left, right);
            int next = _symbols[left].Next = _symbols[right].Next;
            _symbols[right].Id = -1;
            _symbols[right].Next = -1;
            if (next >= 0) _symbols[next].Previous = left;
            Offer(left, ranks);
            if (_symbols[left].Previous >= 0) Offer(_symbols[left].Previous, ranks);
        }
        Compact();
    }

    private void Offer(int left, PairTable ranks)
    {
        int right = _symbols[left].Next;
        if (right < 0) return;
        (int a, int b) = (_symbols[left].Id, _symbols[right].Id);
        int rank = ranks.Find(PairTable.Key(a, b));
        if (rank >= 0) _pairs.Enqueue((a, b), ((long)rank << 31) | (uint)left);
    }

    private void Cover(int left, int right)
    {
        _symbols[left].Start = Math.Min(_symbols[left].Start, _symbols[right].Start);
        _symbols[left].End = Math.Max(_symbols[left].End, _symbols[right].End);
    }

    private void Compact()
    {
        int kept = 0;
        for (int i = 0; i >= 0;)
        {
            Symbol symbol = _symbols[i];                                    // kept ≤ i, so the copy may overwrite it
            _symbols[kept++] = symbol;
            i = symbol.Next;
        }
        _count = kept;
    }
}
