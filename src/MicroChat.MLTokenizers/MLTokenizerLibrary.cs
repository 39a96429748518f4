using MicroChat.Model.Tokenizers;
using Microsoft.ML.Tokenizers;

namespace MicroChat.MLTokenizers;

/// <summary>Merging by Microsoft.ML.Tokenizers.</summary>
/// <remarks>
/// Cutting the text into pieces stays with this project: the library cuts with .NET's regular expressions, which see a character beyond U+FFFF as two that are no
/// letters, and the reference does not. Pieces come in byte letters, so the library's own treatment of bytes (and of lone surrogates) is not used either.
/// </remarks>
public sealed class MLTokenizerLibrary : ITokenizerLibrary
{
    public string Name => "Microsoft.ML.Tokenizers";

    /// <summary>Tries whether the library loads and takes a vocabulary.</summary>
    /// <returns>Why not; null: it does.</returns>
    public static string? Probe()
    {
        try
        {
            var letters = new Dictionary<string, int> { ["a"] = 0, ["b"] = 1, ["ab"] = 2 };
            return new MLTokenizerLibrary().TryTake(new ByteLevelVocabulary(letters, [("a", "b")])) is null ? "it takes no vocabulary" : null;
        }
        catch (Exception e) when (e is TypeInitializationException or FileNotFoundException or FileLoadException or BadImageFormatException or MissingMemberException or PlatformNotSupportedException)
        {
            return $"{e.GetType().Name}: {e.Message}";
        }
    }

    /// <inheritdoc/>
    /// <remarks>The library refuses vocabularies that name a merge twice; their last mention counts in the reference.</remarks>
    public IPieceMerger? TryTake(ByteLevelVocabulary vocabulary)
    {
        try
        {
            return new PieceMerger(BpeTokenizer.Create(new BpeOptions(vocabulary.Ids)
            {
                Merges = vocabulary.Merges.Select(m => $"{m.Left} {m.Right}"),
                PreTokenizer = PreTokenizer.CreateWhiteSpace(),
                ByteLevel = false,
            }));
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException)
        {
            return null;
        }
    }

    private sealed class PieceMerger(BpeTokenizer tokenizer) : IPieceMerger
    {
        public void Merge(ReadOnlySpan<char> letters, List<int> ids) =>
            ids.AddRange(tokenizer.EncodeToIds(letters, considerPreTokenization: false, considerNormalization: false));
    }
}
