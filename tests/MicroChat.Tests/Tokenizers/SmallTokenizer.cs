using MicroChat.Model.Tokenizers;

namespace MicroChat.Tests.Tokenizers;

/// <summary>A tokenizer that is trained in a moment, for tests that need no particular one.</summary>
internal static class SmallTokenizer
{
    private static readonly Lazy<Tokenizer> Trained = new(() => Train(new BpeTrainerOptions { VocabularySize = 400 }));

    public const string Text = """
        The quick brown fox jumps over the lazy dog, and the dog doesn't mind: it's 12:30 and the fox has jumped 127 times.
        "Why," said the dog, "would anyone jump over me? I'm lying here, I've been lying here all day; they'll see!"
        """;

    public static Tokenizer Instance => Trained.Value;

    public static Tokenizer Train(BpeTrainerOptions options)
    {
        var trainer = new BpeTrainer(options);
        trainer.Add(Text);
        return trainer.Train();
    }

    /// <summary>The path of its file, which stays in the temporary folder.</summary>
    public static string Saved()
    {
        string path = Path.Combine(Directory.CreateTempSubdirectory("microchat-").FullName, "tokenizer.json");
        Instance.Save(path);
        return path;
    }
}
