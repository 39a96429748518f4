using System.Text;
using System.Text.Json;
using MicroChat.Model.Tokenizers;
using MicroChat.Model.Tokenizers.Bpe;
using MicroChat.Model.Tokenizers.Splitting;

namespace MicroChat.Tests.Tokenizers;

/// <summary>The trainer joins the same pairs, in the same order and with the same counts, as the reference trainer.</summary>
[Trait("Category", Golden.Category)]
public sealed class TrainingGoldenTests
{
    /// <summary>The folders of training cases; those with a corpus or those without ties, which need none.</summary>
    public static IEnumerable<TheoryDataRow<string>> Folders(string file) => Golden.Files(Path.Combine("tokenizers", "training", file))
        .Select(f => new TheoryDataRow<string>(Golden.Name(Path.GetDirectoryName(f)!)))
        .DefaultIfEmpty(new TheoryDataRow<string>("") { Skip = TokenizerGolden.NoCases });

    [Theory]
    [MemberData(nameof(Folders), "corpus.txt")]
    public void Merges_by_the_GPT4_pattern_equal_the_reference(string folder) => CompareMerges(folder, "merges_gpt4.jsonl", Gpt4Splitter.ThreeDigits);

    [Theory]
    [MemberData(nameof(Folders), "corpus.txt")]
    public void Merges_by_the_GPT2_pattern_equal_the_reference(string folder) => CompareMerges(folder, "merges_gpt2.jsonl", Gpt2Splitter.Pattern);

    [Theory]
    [MemberData(nameof(Folders), "corpus.txt")]
    public void Piece_counts_equal_the_reference(string folder)
    {
        BpeTrainer trainer = Trainer(folder, new BpeTrainerOptions { Pattern = Gpt4Splitter.ThreeDigits });
        Dictionary<string, long> counts = trainer.Letters().ToDictionary(w => w.Word, w => w.Count);
        using JsonDocument wanted = JsonDocument.Parse(File.ReadAllText(Path.Combine(TokenizerGolden.Folder(folder), "word_counts_gpt4.json")));
        foreach (JsonProperty word in wanted.RootElement.EnumerateObject()) Assert.Equal(word.Value.GetInt64(), counts.GetValueOrDefault(word.Name));
    }

    [Theory]
    [MemberData(nameof(Folders), "corpus.txt")]
    public void The_vocabulary_equals_the_reference(string folder)
    {
        Tokenizer tokenizer = Trainer(folder, Plain(Gpt4Splitter.ThreeDigits, 256 + 800)).Train();
        using JsonDocument wanted = JsonDocument.Parse(File.ReadAllText(Path.Combine(TokenizerGolden.Folder(folder), "vocab_gpt4.json")));
        foreach (JsonProperty token in wanted.RootElement.EnumerateObject()) Assert.Equal(token.Value.GetInt32(), tokenizer.IdOf(token.Name));
    }

    [Theory]
    [MemberData(nameof(Folders), "noties_words.json")]
    public void Merges_without_ties_equal_the_reference(string folder)
    {
        string path = TokenizerGolden.Folder(folder);
        var trainer = new BpeTrainer(Plain(Gpt4Splitter.ThreeDigits, 1_000));
        using JsonDocument words = JsonDocument.Parse(File.ReadAllText(Path.Combine(path, "noties_words.json")));
        foreach (JsonElement word in words.RootElement.EnumerateArray()) trainer.AddPiece(word[0].GetString()!, word[1].GetInt64());
        Compare(Path.Combine(path, "noties_merges.jsonl"), trainer.Learn(null, default));
    }

    [Theory]
    [MemberData(nameof(Folders), "corpus.txt")]
    public void Options_work_as_in_the_reference(string folder)
    {
        foreach (JsonElement line in TokenizerGolden.Lines(Path.Combine(TokenizerGolden.Folder(folder), "options.jsonl")))
        {
            JsonElement options = line.GetProperty("options");
            MergeLearner learner = Trainer(folder, Read(options)).Learn(null, default);
            Assert.Equal(line.GetProperty("vocab_size_reached").GetInt32(), learner.Tokens.Count);
            string[] first = [.. TokenizerGolden.Texts(line.GetProperty("first_tokens"))!];
            Assert.Equal(first, learner.Tokens.Take(first.Length));
            string[] merges = [.. line.GetProperty("merges").EnumerateArray().Select(m => $"{m[0].GetString()} {m[1].GetString()}")];
            Assert.Equal(merges, learner.Merges.Take(merges.Length).Select(m => $"{m.Left} {m.Right}"));
        }
    }

    private static BpeTrainerOptions Read(JsonElement options) => new()
    {
        Pattern = Gpt4Splitter.ThreeDigits,
        VocabularySize = options.GetProperty("vocab_size").GetInt32(),
        MinFrequency = options.GetProperty("min_frequency").GetInt32(),
        SpecialTokens = [.. TokenizerGolden.Texts(options.GetProperty("special_tokens"))!],
        MaxTokenLength = options.TryGetProperty("max_token_length", out JsonElement length) ? length.GetInt32() : null,
        AllBytes = options.GetProperty("initial_alphabet").ValueKind == JsonValueKind.String,
        AlphabetLimit = options.TryGetProperty("limit_alphabet", out JsonElement limit) ? limit.GetInt32() : null,
    };

    private static BpeTrainerOptions Plain(string pattern, int size) => new() { Pattern = pattern, VocabularySize = size, SpecialTokens = [], MinFrequency = 0 };

    private static BpeTrainer Trainer(string folder, BpeTrainerOptions options)
    {
        var trainer = new BpeTrainer(options);
        trainer.Add(File.ReadAllText(Path.Combine(TokenizerGolden.Folder(folder), "corpus.txt"), Encoding.UTF8));
        return trainer;
    }

    private static void CompareMerges(string folder, string file, string pattern)
    {
        MergeLearner learner = Trainer(folder, Plain(pattern, 256 + 800)).Learn(null, default);
        Compare(Path.Combine(TokenizerGolden.Folder(folder), file), learner);
    }

    private static void Compare(string path, MergeLearner learner)
    {
        int step = 0;
        foreach (JsonElement line in TokenizerGolden.Lines(path))
        {
            (string left, string right, long count) = learner.Merges[step];
            string found = $"{step} {Hex(left)} {Hex(right)} {count}";
            Assert.Equal($"{step} {line.GetProperty("left_hex").GetString()} {line.GetProperty("right_hex").GetString()} {line.GetProperty("count")}", found);
            step++;
        }
        Assert.True(step > 100, $"{path} holds only {step} merges.");
    }

    private static string Hex(string token) => Convert.ToHexStringLower(ByteLetters.BytesOf(token));
}
