using MicroChat.Model.Decoding;

namespace MicroChat.Chat.Serving;

/// <summary>The new tokens of one step and whose they are, in arrays that are kept from step to step.</summary>
internal sealed class StepRows(int stepTokens)
{
    private readonly int[] _ids = new int[stepTokens];
    private int[] _borders = new int[17];
    private KeyValueCache[] _caches = new KeyValueCache[16];
    private ReplySequence[] _sequences = new ReplySequence[16];

    /// <summary>Sequences in the step.</summary>
    public int Count { get; private set; }

    /// <summary>Tokens in the step.</summary>
    public int Tokens => _borders[Count];

    /// <summary>Tokens that still fit.</summary>
    public int Room => stepTokens - Tokens;

    public ReplySequence this[int row] => _sequences[row];

    public int TokensOf(int row) => _borders[row + 1] - _borders[row];

    public void Clear()
    {
        Array.Clear(_sequences, 0, Count);
        Array.Clear(_caches, 0, Count);
        Count = 0;
    }

    /// <summary>Adds a sequence's next tokens, at least one and no more than there is room for.</summary>
    public void Add(ReplySequence sequence, int tokens)
    {
        Reserve(Count + 1);
        PrefixEntry entry = sequence.Entry!;
        int seen = entry.Cache.Seen;
        for (int i = 0; i < tokens; i++)
        {
            int id = sequence.TokenAt(seen + i);
            entry.Note(seen + i, id);
            _ids[Tokens + i] = id;
        }
        _sequences[Count] = sequence;
        _caches[Count] = entry.Cache;
        _borders[Count + 1] = _borders[Count] + tokens;
        Count++;
    }

    /// <summary>Feeds everything to the decoder.</summary>
    public void Forward(IDecoder decoder) => decoder.Forward(_ids.AsSpan(0, Tokens), _borders.AsSpan(0, Count + 1), _caches.AsSpan(0, Count));

    private void Reserve(int count)
    {
        if (count > _sequences.Length)
        {
            Array.Resize(ref _sequences, 2 * count);
            Array.Resize(ref _caches, 2 * count);
            Array.Resize(ref _borders, (2 * count) + 1);
        }
    }
}
