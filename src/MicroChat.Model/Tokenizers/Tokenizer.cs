using System.Collections.Concurrent;
using MicroChat.Model.Tokenizers.Bpe;
using MicroChat.Model.Tokenizers.Json;
using MicroChat.Model.Tokenizers.Splitting;

namespace MicroChat.Model.Tokenizers;

/// <summary>
/// Text to token ids and back, as a Hugging Face tokenizer.json describes it. May be used from several threads at once.
/// </summary>
public sealed class Tokenizer
{
    private readonly TokenizerParts _parts;
    private readonly string?[] _tokens;                             // by id; null: the id is not used
    private readonly byte[]?[] _bytes;
    private readonly bool[] _special;
    private readonly Dictionary<string, int> _addedIds;
    private readonly AddedTokenFinder _rawFinder, _normalizedFinder;
    private readonly IReadOnlyList<ISplitter>? _splitters;          // null: the piece cache cannot be used
    private readonly ConcurrentBag<PieceEncoder> _encoders = [];
    private readonly IPieceMerger? _merger;                         // null: the model merges itself
    private readonly Lazy<string> _sha256;

    internal Tokenizer(TokenizerParts parts)
        : this(parts, TokenizerLibrary.Preferred)
    {
    }

    internal Tokenizer(TokenizerParts parts, ITokenizerLibrary? library)
    {
        _parts = parts;
        int rows = parts.Model.Ids.Values.Concat(parts.AddedTokens.Select(t => t.Id)).Append(-1).Max() + 1;
        _tokens = new string?[rows];
        _bytes = new byte[]?[rows];
        _special = new bool[rows];
        foreach ((string token, int id) in parts.Model.Ids) _tokens[id] = token;
        _addedIds = new Dictionary<string, int>(parts.AddedTokens.Count);
        foreach (AddedToken token in parts.AddedTokens)
        {
            _addedIds.TryAdd(token.Content, token.Id);
            _tokens[token.Id] = token.Content;
            _special[token.Id] |= token.Special;
        }
        _rawFinder = new AddedTokenFinder(parts.AddedTokens.Where(t => !t.Normalized).Select(t => (t.Content, t)));
        _normalizedFinder = new AddedTokenFinder(parts.AddedTokens.Where(t => t.Normalized).Select(t => (Normalize(t.Content), t)));
        _splitters = CachedEncoding.SplittersOf(parts.PreTokenizer);
        _merger = _splitters is null ? null : TokenizerLibrary.Take(library, parts.Model);
        Library = _merger is null ? null : library!.Name;
        _sha256 = new Lazy<string>(() => TokenizerWriter.Sha256(parts));
    }

    /// <summary>Ids lie in [0, VocabularySize): rows that an embedding must have at least. Unit: tokens.</summary>
    public int VocabularySize => _tokens.Length;

    /// <summary>Tokens that are searched in the text itself, in the file's order.</summary>
    public IReadOnlyList<AddedToken> AddedTokens => _parts.AddedTokens;

    /// <summary>Ids that the file's template puts before a text, as a begin-of-text token; Encode does not.</summary>
    public IReadOnlyList<int> TemplatePrefix => _parts.PostProcessor.Prefix;

    /// <summary>Ids that the file's template puts after a text.</summary>
    public IReadOnlyList<int> TemplateSuffix => _parts.PostProcessor.Suffix;

    /// <summary>Hash of what <see cref="Save"/> writes, in lower-case hexadecimal; equal for files that differ only in layout.</summary>
    public string Sha256 => _sha256.Value;

    /// <summary>Which library merges pieces into tokens; null: this project's own code.</summary>
    public string? Library { get; }

    /// <summary>Reads a tokenizer.json.</summary>
    /// <param name="fileOrFolder">The file, or the folder that holds it.</param>
    /// <exception cref="TokenizerException">The file is missing, damaged or uses a component that is not supported; the message says which.</exception>
    public static Tokenizer Load(string fileOrFolder) => TokenizerFile.Load(fileOrFolder);

    /// <summary>The same tokenizer with the pieces merged by a library, if that takes the vocabulary, or by the built-in code: null.</summary>
    public Tokenizer With(ITokenizerLibrary? library) => new(_parts, library);

    /// <summary>Writes a tokenizer.json that Hugging Face's library reads too; an existing file is replaced only when the new one is complete.</summary>
    public void Save(string path) => TokenizerWriter.Save(_parts, path);

    /// <summary>Appends the ids of a text; control tokens spelled in it stay text.</summary>
    public void Encode(ReadOnlySpan<char> text, List<int> ids) => Encode(text, SpecialTokens.AsText, ids);

    /// <summary>The ids of a text; control tokens spelled in it stay text.</summary>
    public int[] Encode(string text) => Encode(text, SpecialTokens.AsText);

    /// <summary>The ids of a text.</summary>
    public int[] Encode(string text, SpecialTokens mode)
    {
        var ids = new List<int>(text.Length / 3 + 4);
        Encode(text, mode, ids);
        return [.. ids];
    }

    /// <summary>Appends the ids of a text. A lone surrogate is encoded as U+FFFD.</summary>
    public void Encode(ReadOnlySpan<char> text, SpecialTokens mode, List<int> ids)
    {
        if (_splitters is null)
        {
            EncodeAligned(text, mode, (id, _, _) => ids.Add(id));
            return;
        }
        if (!_encoders.TryTake(out PieceEncoder? encoder)) encoder = new PieceEncoder(_parts.Model, _merger);
        var cached = new CachedEncoding(encoder, _parts.Normalizer, _normalizedFinder, _splitters, mode == SpecialTokens.Parse);
        encoder.Segments.Clear();
        _rawFinder.Find(text, mode == SpecialTokens.Parse, encoder.Segments);
        foreach (TextSegment segment in encoder.Segments)
        {
            if (segment.Id >= 0) ids.Add(segment.Id);
            else cached.Encode(text[segment.Start..segment.End], ids);
        }
        _encoders.Add(encoder);
    }

    /// <summary>The ids of a text with their spelling and their place in it; slower than <see cref="Encode(string, SpecialTokens)"/>.</summary>
    public EncodedText EncodeWithOffsets(string text, SpecialTokens mode)
    {
        var ids = new List<int>();
        var ranges = new List<TextRange>();
        var tokens = new List<string>();
        EncodeAligned(text, mode, (id, range, found) =>
        {
            ids.Add(id);
            ranges.Add(range);
            tokens.Add(found ?? TokenOf(id));
        });
        return new EncodedText(ids, tokens, OffsetRules.ToCodePoints(text, ranges, tokens, _parts.PostProcessor));
    }

    /// <summary>The text of some ids. Ids outside the vocabulary are dropped; invalid UTF-8 becomes U+FFFD.</summary>
    /// <param name="ids">Token ids, shape (T).</param>
    /// <param name="skipSpecial">Whether control tokens are left out.</param>
    public string Decode(ReadOnlySpan<int> ids, bool skipSpecial)
    {
        var stream = new DecodeStream(this, _parts.Detokenizers, skipSpecial, eager: false);
        foreach (int id in ids) stream.Push(id);
        return stream.Flush() ?? "";
    }

    /// <summary>A decoder that takes one id at a time.</summary>
    public DecodeStream NewStream(bool skipSpecial) => new(this, _parts.Detokenizers, skipSpecial, eager: true);

    /// <summary>The id of a token's exact spelling; null: there is none.</summary>
    public int? IdOf(string token) =>
        _addedIds.TryGetValue(token, out int id) || _parts.Model.Ids.TryGetValue(token, out id) ? id : null;

    /// <summary>The vocabulary's spelling of an id; in a byte-level vocabulary in byte letters.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The id is not in the vocabulary.</exception>
    public string TokenOf(int id) => TryTokenOf(id, out string token) ? token : throw new ArgumentOutOfRangeException(
        nameof(id), id, $"The token id must be one of the vocabulary's, in [0, {VocabularySize}).");

    /// <summary>The bytes that an id of a byte-level vocabulary stands for; of a token that is not in byte letters, its UTF-8.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The id is not in the vocabulary.</exception>
    public ReadOnlySpan<byte> BytesOf(int id) => _bytes.AsSpan().Length > id && id >= 0 && _bytes[id] is { } bytes
        ? bytes
        : _bytes[id] = ByteLetters.BytesOf(TokenOf(id));

    /// <summary>Whether the id is a control token; false for ids outside the vocabulary.</summary>
    public bool IsSpecial(int id) => (uint)id < (uint)_special.Length && _special[id];

    internal bool TryTokenOf(int id, out string token)
    {
        token = (uint)id < (uint)_tokens.Length ? _tokens[id] ?? "" : "";
        return (uint)id < (uint)_tokens.Length && _tokens[id] is not null;
    }

    private string Normalize(string text) =>
        _parts.Normalizer is null || text.Length == 0 ? text : _parts.Normalizer.Apply(AlignedText.Of(text, 0)).Text.ToString();

    /// <summary>Tells each id, its range in UTF-16 units, and for an added token what it matched.</summary>
    private void EncodeAligned(ReadOnlySpan<char> text, SpecialTokens mode, Action<int, TextRange, string?> add)
    {
        var symbols = new MergeList();
        List<TextSegment> segments = [], inner = [];
        _rawFinder.Find(text, mode == SpecialTokens.Parse, segments);
        foreach (TextSegment segment in segments)
        {
            if (segment.Id >= 0)
            {
                add(segment.Id, new TextRange(segment.Start, segment.End), text[segment.Start..segment.End].ToString());
                continue;
            }
            AlignedText part = AlignedText.Of(text[segment.Start..segment.End], segment.Start);
            part = _parts.Normalizer?.Apply(part) ?? part;
            inner.Clear();
            _normalizedFinder.Find(part.Text, mode == SpecialTokens.Parse, inner);
            foreach (TextSegment rest in inner)
            {
                var range = new TextRange(rest.Start, rest.End);
                if (rest.Id >= 0) add(rest.Id, part.Origin(range), part.Text[rest.Start..rest.End].ToString());
                else EncodePieces(part.Slice(range), symbols, add);
            }
        }
    }

    private void EncodePieces(AlignedText part, MergeList symbols, Action<int, TextRange, string?> add)
    {
        List<AlignedText> pieces = [];
        if (_parts.PreTokenizer is { } preTokenizer) preTokenizer.Cut(part, pieces);
        else pieces.Add(part);
        foreach (AlignedText piece in pieces)
        {
            _parts.Model.Encode(piece.Text, symbols);
            for (int i = 0; i < symbols.Count; i++) add(symbols.Id(i), piece.Origin(symbols.Range(i)), null);
        }
    }
}
