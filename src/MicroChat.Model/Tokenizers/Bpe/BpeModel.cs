using System.Text;

namespace MicroChat.Model.Tokenizers.Bpe;

/// <summary>A vocabulary and the ordered merges that build its tokens from characters (byte letters in a byte-level vocabulary).</summary>
internal sealed class BpeModel
{
    private readonly Dictionary<string, int> _ids;
    private readonly PairTable _ranks;                              // (left, right) → rank
    private readonly int[] _merged;                                 // rank → id of the joined token
    private readonly int[] _byteIds;                                // byte → id of <0xNN>; −1: none

    /// <summary>Checks the merges against the vocabulary and indexes them.</summary>
    /// <exception cref="TokenizerException">A merge names a token that the vocabulary lacks.</exception>
    public BpeModel(Dictionary<string, int> ids, IReadOnlyList<(string Left, string Right)> merges, BpeOptions options)
    {
        _ids = ids;
        Merges = merges;
        Options = options;
        _ranks = new PairTable(merges.Count);
        var merged = new List<int>(merges.Count);
        for (int i = 0; i < merges.Count; i++)
        {
            int left = Require(merges[i].Left, i), right = Require(merges[i].Right, i);
            string joined = merges[i].Left + WithoutPrefix(merges[i].Right, options.ContinuingPrefix);
            int id = Require(joined, i);
            int rank = _ranks.FindOrAdd(PairTable.Key(left, right), out bool added);
            if (added) merged.Add(id);
            else merged[rank] = id;
        }
        _merged = [.. merged];
        UnknownId = options.UnknownToken is { } unknown ? ids.GetValueOrDefault(unknown, -1) : -1;
        _byteIds = new int[256];
        for (int b = 0; b < 256; b++) _byteIds[b] = options.ByteFallback ? ids.GetValueOrDefault($"<0x{b:X2}>", -1) : -1;
    }

    public BpeOptions Options { get; }

    /// <summary>Pairs in order of rank, as written in the file.</summary>
    public IReadOnlyList<(string Left, string Right)> Merges { get; }

    public IReadOnlyDictionary<string, int> Ids => _ids;

    /// <summary>Id of the unknown token; −1: unknown characters vanish.</summary>
    public int UnknownId { get; }

    /// <summary>Adds the tokens of a piece to the end of <paramref name="symbols"/>; ranges count from 0 in the piece. Unit: UTF-16 units.</summary>
    public void Encode(ReadOnlySpan<char> piece, MergeList symbols)
    {
        symbols.Clear();
        if (TakesWhole(piece))
        {
            symbols.Add(_ids.GetAlternateLookup<ReadOnlySpan<char>>()[piece], 0, piece.Length);
            return;
        }
        AddCharacters(piece, symbols);
        symbols.Merge(_ranks, _merged);
    }

    /// <summary>Whether a piece is a token that is taken without merging.</summary>
    public bool TakesWhole(ReadOnlySpan<char> piece) => Options.IgnoreMerges && _ids.GetAlternateLookup<ReadOnlySpan<char>>().ContainsKey(piece);

    private int Require(string token, int merge) => _ids.TryGetValue(token, out int id) ? id : throw new TokenizerException(
        $"model.merges[{merge}] needs the token \"{Shorten(token)}\", which model.vocab lacks. " +
        "The merges belong to another vocabulary, or the file is damaged; use the tokenizer.json that was saved with the model.");

    private static string WithoutPrefix(string right, string prefix) => right.Length >= prefix.Length ? right[prefix.Length..] : "";

    private static string Shorten(string token) => token.Length <= 40 ? token : token[..40] + "…";

    private void AddCharacters(ReadOnlySpan<char> piece, MergeList symbols)
    {
        var lookup = _ids.GetAlternateLookup<ReadOnlySpan<char>>();
        bool decorated = Options.ContinuingPrefix.Length > 0 || Options.EndOfWordSuffix.Length > 0;
        (int Start, int End) unknown = (0, 0);                      // empty: nothing unknown waits
        for (int at = 0; at < piece.Length;)
        {
            int length = Rune.DecodeFromUtf16(piece[at..], out _, out int read) == System.Buffers.OperationStatus.Done ? read : 1;
            int next = at + length;
            bool known = decorated
                ? _ids.TryGetValue(Decorate(piece[at..next], at > 0, next == piece.Length), out int id)
                : lookup.TryGetValue(piece[at..next], out id);
            if (known)
            {
                if (unknown.End > unknown.Start) symbols.Add(UnknownId, unknown.Start, unknown.End);
                unknown = (0, 0);
                symbols.Add(id, at, next);
            }
            else if (!(Options.ByteFallback && AddBytes(piece[at..next], at, symbols)) && UnknownId >= 0)
            {
                bool waits = unknown.End > unknown.Start;
                if (waits && !Options.FuseUnknown) symbols.Add(UnknownId, unknown.Start, unknown.End);
                unknown = (waits && Options.FuseUnknown ? unknown.Start : at, next);
            }
            at = next;
        }
        if (unknown.End > unknown.Start) symbols.Add(UnknownId, unknown.Start, unknown.End);
    }

    private string Decorate(ReadOnlySpan<char> character, bool continuing, bool last) =>
        string.Concat(continuing ? Options.ContinuingPrefix : "", character, last ? Options.EndOfWordSuffix : "");

    private bool AddBytes(ReadOnlySpan<char> character, int at, MergeList symbols)
    {
        Span<byte> bytes = stackalloc byte[4];
        int count = System.Text.Encoding.UTF8.GetBytes(character, bytes);
        foreach (byte b in bytes[..count])
        {
            if (_byteIds[b] < 0) return false;
        }
        foreach (byte b in bytes[..count]) symbols.Add(_byteIds[b], at, at + character.Length);
        return true;
    }
}

/// <summary>The options of a BPE model, named as in tokenizer.json.</summary>
internal sealed record BpeOptions
{
    /// <summary>unk_token: stands for characters that the vocabulary lacks; null: they vanish.</summary>
    public string? UnknownToken { get; init; }

    /// <summary>fuse_unk: neighbouring unknown characters become one token.</summary>
    public bool FuseUnknown { get; init; }

    /// <summary>byte_fallback: an unknown character becomes its UTF-8 bytes, if all of them have a token.</summary>
    public bool ByteFallback { get; init; }

    /// <summary>ignore_merges: a piece that is a token as a whole is taken at once.</summary>
    public bool IgnoreMerges { get; init; }

    /// <summary>continuing_subword_prefix: before every character of a word but the first.</summary>
    public string ContinuingPrefix { get; init; } = "";

    /// <summary>end_of_word_suffix: after the last character of a word.</summary>
    public string EndOfWordSuffix { get; init; } = "";
}
