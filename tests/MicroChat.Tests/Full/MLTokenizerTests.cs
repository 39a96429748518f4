using System.Text.Json;
using MicroChat.MLTokenizers;
using MicroChat.Model.Tokenizers;
using MicroChat.Tests.Tokenizers;

namespace MicroChat.Tests.Full;

/// <summary>Microsoft.ML.Tokenizers behind the tokenizer's contract: the ids are those of the reference library, and those of the built-in code.</summary>
public sealed class MLTokenizerTests
{
    private static readonly MLTokenizerLibrary Library = new();

    /// <summary>Byte-level vocabularies among the golden ones.</summary>
    private static readonly string[] Supported = ["gpt2", "gpt-neox", "gpt-4o-like", "llama3", "qwen2", "smollm"];

    public static IEnumerable<TheoryDataRow<string>> Folders => TokenizerGolden.Folders();

    [Theory]
    [Trait("Category", Golden.Category)]
    [MemberData(nameof(Folders))]
    public void Encode_gives_the_reference_ids(string folder)
    {
        string path = TokenizerGolden.Folder(folder);
        Tokenizer tokenizer = Tokenizer.Load(path).With(Library);
        if (tokenizer.Library is null)
        {
            Assert.DoesNotContain(Path.GetFileName(path), Supported);
            Assert.Skip("The library does not support this vocabulary; the built-in code merges.");
        }
        var differences = new List<string>();
        foreach (JsonElement line in TokenizerGolden.Lines(Path.Combine(path, "cases.jsonl")))
        {
            int[] wanted = TokenizerGolden.Ints(line.GetProperty("ids")), found = tokenizer.Encode(line.GetProperty("text").GetString()!, SpecialTokens.Parse);
            if (!wanted.SequenceEqual(found))
            {
                differences.Add($"{line.GetProperty("id")}: wanted {string.Join(' ', wanted.Take(40))}, found {string.Join(' ', found.Take(40))}");
            }
        }
        TokenizerGolden.AssertNone(differences);
    }

    [Fact]
    public void A_byte_level_vocabulary_is_supported_and_another_is_left_to_the_built_in_code()
    {
        Assert.Equal("Microsoft.ML.Tokenizers", SmallTokenizer.Instance.With(Library).Library);
        Assert.Null(SmallTokenizer.Instance.With(null).Library);
        Assert.Null(Library.TryTake(new ByteLevelVocabulary(new Dictionary<string, int> { ["a"] = 0, ["aa"] = 1 }, [("a", "a"), ("a", "a")])));
    }

    [Fact]
    public void Random_texts_have_the_ids_of_the_built_in_code_also_from_several_threads()
    {
        Tokenizer builtIn = SmallTokenizer.Instance.With(null), library = SmallTokenizer.Instance.With(Library);
        string[] texts = [.. Enumerable.Range(0, 400).Select(Text)];
        int[][] found = new int[texts.Length][];
        Parallel.For(0, texts.Length, i => found[i] = library.Encode(texts[i]));
        Assert.Equal(texts.Select(t => builtIn.Encode(t)), found);
    }

    /// <summary>Words of the trained text, letters of everywhere, and halves of surrogate pairs.</summary>
    private static string Text(int seed)
    {
        var random = new Random(seed);
        string[] words = SmallTokenizer.Text.Split(' ');
        return string.Join(' ', Enumerable.Range(0, random.Next(1, 12)).Select(_ => random.Next(3) == 0
            ? new string([.. Enumerable.Range(0, random.Next(1, 6)).Select(_ => (char)random.Next(32, 0xFFFF))])
            : words[random.Next(words.Length)]));
    }
}
