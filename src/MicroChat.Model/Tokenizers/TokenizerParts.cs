using System.Text.Json;
using MicroChat.Model.Tokenizers.Bpe;
using MicroChat.Model.Tokenizers.Detokenizing;
using MicroChat.Model.Tokenizers.Normalizing;
using MicroChat.Model.Tokenizers.Splitting;

namespace MicroChat.Model.Tokenizers;

/// <summary>Everything that a tokenizer.json decides; the parts in the order in which a text passes them.</summary>
internal sealed record TokenizerParts
{
    public required IReadOnlyList<AddedToken> AddedTokens { get; init; }

    /// <summary>Null: the text stays as it is.</summary>
    public INormalizer? Normalizer { get; init; }

    /// <summary>Null: the text is one piece.</summary>
    public IPreTokenizer? PreTokenizer { get; init; }

    public required BpeModel Model { get; init; }

    public PostProcessor PostProcessor { get; init; } = new();

    /// <summary>Null: tokens are words, joined by spaces.</summary>
    public IReadOnlyList<IDetokenizer>? Detokenizers { get; init; }

    /// <summary>The components as the file spells them, by name; written back by Save.</summary>
    public required IReadOnlyDictionary<string, JsonElement> Sections { get; init; }
}

/// <summary>What is put around the ids of a text, and how offsets are trimmed.</summary>
internal sealed record PostProcessor
{
    public IReadOnlyList<int> Prefix { get; init; } = [];
    public IReadOnlyList<int> Suffix { get; init; } = [];

    /// <summary>White space at both ends of a token does not belong to its offsets.</summary>
    public bool TrimOffsets { get; init; }

    /// <summary>One leading space of the text is left alone when trimming.</summary>
    public bool AddPrefixSpace { get; init; }
}
