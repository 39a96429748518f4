using System.Text.Json;
using MicroChat.Model.Decoding;
using MicroChat.Training.Preferences;
using MicroChat.Training.Stages;

namespace MicroChat.Tests.Training;

/// <summary>A tiny chat model, and preferences with a rule planted in them: the better reply speaks of cats, the other of dogs; both are equally long.</summary>
internal sealed class PreferenceTinyRun : IDisposable
{
    private static readonly string[] Other = ["sat", "ran", "on", "a", "red", "mat", "and", "saw", "two"];
    private readonly TinyRun _tiny = new();

    public PreferenceTinyRun(int pairs = 160)
    {
        Model = Pretrain.Run(_tiny.Pretraining("base", 4), Context(TextWriter.Null), default).Model!;
        var random = new Random(8);
        File.WriteAllLines(Pairs, Enumerable.Range(0, pairs).Select(i => JsonSerializer.Serialize(new
        {
            prompt = $"{Words(random, 2)} {i}",
            chosen = Reply(random, "cat"),
            rejected = Reply(random, "dog"),
        })));
        File.WriteAllLines(Thumbs, Enumerable.Range(0, 2 * pairs).Select(i => JsonSerializer.Serialize(new
        {
            prompt = $"{Words(random, 2)} {i}",
            completion = Reply(random, i % 2 == 0 ? "cat" : "dog"),
            label = i % 2 == 0,
            rater = $"person {random.Next(3)}",
        })));
    }

    public string Folder => _tiny.Folder;

    public string Model { get; }

    public string Pairs => Path.Combine(_tiny.DataFolder, "pairs.jsonl");

    public string Thumbs => Path.Combine(_tiny.DataFolder, "thumbs.jsonl");

    public string Recipe => _tiny.Recipe;

    public string DataFolder => _tiny.DataFolder;

    public string Out(string run) => Path.Combine(_tiny.Folder, run);

    public static PreferenceTrainingOptions Training(double rate, double epochs, bool adapter) => new()
    {
        LearningRate = rate, Epochs = epochs, ItemsPerStep = 16, MicroBatchTokens = 256, ValidateEvery = 5, CheckpointEvery = 2,
        Adapter = adapter ? new LoraOptions { Rank = 4, Alpha = 8 } : null,
    };

    public static PreferenceRowOptions Rows => new() { HeldOutShare = 0.25, Set = new PreferenceSetOptions { MaxRowTokens = 64 } };

    /// <summary>One thread: the runs are too small for more.</summary>
    public static StageContext Context(TextWriter output) => TinyRun.Context(output) with { Threads = 1 };

    public void Dispose() => _tiny.Dispose();

    private static string Words(Random random, int count) => string.Join(' ', Enumerable.Range(0, count).Select(_ => Other[random.Next(Other.Length)]));

    private static string Reply(Random random, string word) => $"the {word} {Words(random, 2)} {word}";
}
