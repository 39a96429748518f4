using System.Runtime.InteropServices;

namespace MicroChat.Model.Tokenizers.Bpe;

/// <summary>
/// Learns merges from words: joins the most frequent pair, again and again. Counts are updated only where a join happened;
/// the queue is lazy: an entry whose count is out of date goes back with the right one. Ties: smallest (left id, right id).
/// Source: Sennrich et al. 2016, algorithm 1.
/// </summary>
internal sealed class MergeLearner
{
    private readonly List<string> _tokens;
    private readonly Dictionary<string, int> _ids;
    private readonly int[] _symbols;                                // all words end to end; a joined word leaves its tail unused
    private readonly (int Start, int Length, long Count)[] _words;
    private readonly PairTable _pairs = new(1 << 16);
    private readonly List<Pair> _infos = [];                        // by index of _pairs
    private readonly PriorityQueue<int, Priority> _queue = new();
    private readonly List<int> _grown = [];                         // pairs whose count rose in the current step

    /// <summary>Prepares the words: letters outside the alphabet are dropped.</summary>
    /// <param name="alphabet">Tokens that exist before the first merge, in order of their ids.</param>
    /// <param name="words">Words in letters, with counts.</param>
    public MergeLearner(IEnumerable<string> alphabet, IReadOnlyCollection<(string Word, long Count)> words)
    {
        _tokens = [.. alphabet];
        _ids = new Dictionary<string, int>(_tokens.Count);
        for (int i = 0; i < _tokens.Count; i++) _ids.TryAdd(_tokens[i], i);
        int total = 0;
        foreach ((string word, _) in words) total = checked(total + word.Length);
        _symbols = new int[total];
        _words = new (int, int, long)[words.Count];
        Lay(words);
        for (int w = 0; w < _words.Length; w++) CountPairs(w);
        for (int i = 0; i < _infos.Count; i++) Enqueue(i);
        _grown.Clear();
    }

    private struct Pair
    {
        public int Left, Right;
        public long Count;
        public bool Grown;
        public List<int> Words;                                     // may name words that have lost the pair
    }

    private readonly record struct Priority(long Count, int Left, int Right) : IComparable<Priority>
    {
        public int CompareTo(Priority other)
        {
            int order = other.Count.CompareTo(Count);
            if (order == 0) order = Left.CompareTo(other.Left);
            return order == 0 ? Right.CompareTo(other.Right) : order;
        }
    }

    /// <summary>Tokens by id: the alphabet, then what merges made.</summary>
    public IReadOnlyList<string> Tokens => _tokens;

    /// <summary>What was joined, in order, with the count that the pair had then.</summary>
    public List<(string Left, string Right, long Count)> Merges { get; } = [];

    /// <summary>Joins the most frequent pair; false: no pair occurs often enough.</summary>
    public bool Step(int minFrequency, int maxLength)
    {
        while (_queue.TryDequeue(out int index, out Priority priority))
        {
            Pair pair = _infos[index];
            if (pair.Count != priority.Count)
            {
                if (pair.Count > 0) Enqueue(index);
                continue;
            }
            if (pair.Count < 1 || pair.Count < minFrequency) return false;
            string joined = _tokens[pair.Left] + _tokens[pair.Right];
            if (joined.Length > 2 && joined.Length >= maxLength) continue;
            Merges.Add((_tokens[pair.Left], _tokens[pair.Right], pair.Count));
            Join(index, IdOf(joined));
            return true;
        }
        return false;
    }

    private void Lay(IReadOnlyCollection<(string Word, long Count)> words)
    {
        var letters = new Dictionary<char, int>();
        foreach ((string token, int id) in _ids)
        {
            if (token.Length == 1) letters[token[0]] = id;
        }
        int at = 0, w = 0;
        foreach ((string word, long count) in words)
        {
            int start = at;
            foreach (char letter in word)
            {
                if (letters.TryGetValue(letter, out int id)) _symbols[at++] = id;
            }
            _words[w++] = (start, at - start, count);
        }
    }

    private void CountPairs(int word)
    {
        (int start, int length, long count) = _words[word];
        for (int i = start; i + 1 < start + length; i++) Change(_symbols[i], _symbols[i + 1], count, word);
    }

    private int IdOf(string token)
    {
        ref int id = ref CollectionsMarshal.GetValueRefOrAddDefault(_ids, token, out bool known);
        if (!known)
        {
            id = _tokens.Count;
            _tokens.Add(token);
        }
        return id;
    }

    private void Join(int index, int joined)
    {
        Pair pair = _infos[index];
        CollectionsMarshal.AsSpan(_infos)[index].Words = [];
        foreach (int word in pair.Words) JoinIn(word, pair.Left, pair.Right, joined);
        CollectionsMarshal.AsSpan(_infos)[index].Count = 0;         // a pass from left to right leaves no such pair
        foreach (int grown in _grown)
        {
            ref Pair info = ref CollectionsMarshal.AsSpan(_infos)[grown];
            info.Grown = false;
            if (info.Count > 0) Enqueue(grown);
        }
        _grown.Clear();
    }

    private void JoinIn(int word, int left, int right, int joined)
    {
        (int start, int length, long count) = _words[word];
        Span<int> symbols = _symbols.AsSpan(start, length);
        int kept = 0;
        for (int i = 0; i < length; i++)
        {
            if (i + 1 >= length || symbols[i] != left || symbols[i + 1] != right)
            {
                symbols[kept++] = symbols[i];
                continue;
            }
            if (kept > 0)
            {
                Change(symbols[kept - 1], left, -count, word);
                Change(symbols[kept - 1], joined, count, word);
            }
            if (i + 2 < length)
            {
                Change(right, symbols[i + 2], -count, word);
                Change(joined, symbols[i + 2], count, word);
            }
            symbols[kept++] = joined;
            i++;
        }
        _words[word].Length = kept;
    }

    private void Change(int left, int right, long change, int word)
    {
        int index = _pairs.FindOrAdd(PairTable.Key(left, right), out bool added);
        if (added) _infos.Add(new Pair { Left = left, Right = right, Words = [] });
        ref Pair info = ref CollectionsMarshal.AsSpan(_infos)[index];
        info.Count += change;
        if (change <= 0) return;
        if (info.Words.Count == 0 || info.Words[^1] != word) info.Words.Add(word);
        if (info.Grown) return;
        info.Grown = true;
        _grown.Add(index);
    }

    private void Enqueue(int index)
    {
        Pair info = _infos[index];
        _queue.Enqueue(index, new Priority(info.Count, info.Left, info.Right));
    }
}
