namespace MicroChat.Model.Tokenizers;

/// <summary>Another library that can merge the pieces of byte-level vocabularies; everything else about a tokenizer stays as it is.</summary>
public interface ITokenizerLibrary
{
    /// <summary>For people.</summary>
    public string Name { get; }

    /// <summary>Takes a vocabulary; null: the library does not support it, and the built-in merging is used.</summary>
    public IPieceMerger? TryTake(ByteLevelVocabulary vocabulary);
}

/// <summary>Merges one vocabulary's pieces. May be used from several threads at once.</summary>
public interface IPieceMerger
{
    /// <summary>Appends the ids of a piece of text.</summary>
    /// <param name="letters">The piece in byte letters, at least one.</param>
    /// <param name="ids">Takes them.</param>
    public void Merge(ReadOnlySpan<char> letters, List<int> ids);
}

/// <summary>A byte-pair vocabulary over the 256 byte letters, all of which it holds.</summary>
/// <param name="Ids">Ids by spelling in byte letters.</param>
/// <param name="Merges">Pairs in order of rank.</param>
/// <remarks>Source of the letters: the GPT-2 encoder's table from bytes to printable characters.</remarks>
public sealed record ByteLevelVocabulary(IReadOnlyDictionary<string, int> Ids, IReadOnlyList<(string Left, string Right)> Merges);

/// <summary>Which library is used. Set once, before the first tokenizer is loaded.</summary>
public static class TokenizerLibrary
{
    /// <summary>Asked for every tokenizer that is loaded; null: only the built-in merging.</summary>
    public static ITokenizerLibrary? Preferred { get; set; }

    /// <summary>What the library makes of a model; null: nothing, or there is none.</summary>
    internal static IPieceMerger? Take(ITokenizerLibrary? library, Bpe.BpeModel model)
    {
        bool plain = model.Options is { ContinuingPrefix.Length: 0, EndOfWordSuffix.Length: 0 };
        return library is not null && plain && Enumerable.Range(0, 256).All(b => model.Ids.ContainsKey(ByteLetters.Of((byte)b).ToString()))
            ? library.TryTake(new ByteLevelVocabulary(model.Ids, model.Merges))
            : null;
    }
}
