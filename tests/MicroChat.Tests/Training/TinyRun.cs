using System.Text.Json;
using MicroChat.Model.Decoding;
using MicroChat.Model.Tokenizers;
using MicroChat.Training;
using MicroChat.Training.Stages;

namespace MicroChat.Tests.Training;

/// <summary>A whole pipeline in a folder of its own: data, recipe, tokenizer, and runs that take a second.</summary>
internal sealed class TinyRun : IDisposable
{
    private static readonly string[] Words = ["the", "cat", "dog", "sat", "ran", "on", "a", "red", "mat", "and", "saw", "two", "birds", "in", "trees"];

    public TinyRun()
    {
        Folder = Directory.CreateTempSubdirectory("microchat-run-").FullName;
        Directory.CreateDirectory(Path.Combine(Folder, "data"));
        var random = new Random(5);
        File.WriteAllText(Data("story.txt"), string.Concat(Enumerable.Range(0, 80).Select(_ => Sentence(random, 30) + "\n<|endoftext|>\n")));
        File.WriteAllLines(Data("talk.jsonl"), Enumerable.Range(0, 80).Select(_ => JsonSerializer.Serialize(new
        {
            source = "test",
            license = "CC0",
            messages = new[] { new { role = "user", content = Sentence(random, 6) }, new { role = "assistant", content = Sentence(random, 5) } },
        })));
        Recipe = Path.Combine(Folder, "recipe.json");
        File.WriteAllText(Recipe, """{"sources":[{"file":"story.txt","weight":2,"heldOutRows":4},{"file":"talk.jsonl","weight":1,"heldOutRows":4}]}""");
        var trainer = new BpeTrainer(new BpeTrainerOptions { VocabularySize = 300 });
        trainer.Add(File.ReadAllText(Data("story.txt")));
        trainer.Train().Save(Path.Combine(Folder, "tokenizer.json"));
    }

    public string Folder { get; }

    public string Recipe { get; }

    public string DataFolder => Path.Combine(Folder, "data");

    public string Data(string file) => Path.Combine(DataFolder, file);

    public PretrainOptions Pretraining(string run, long steps) => new()
    {
        DataFolder = DataFolder, Recipe = Recipe, Tokenizer = Folder, OutFolder = Path.Combine(Folder, run), MaxRowTokens = 24, Seed = 3,
        Shape = new DecoderConfig
        {
            ModelType = "llama", VocabularySize = 1, Width = 16, Layers = 2, Heads = 2, KeyValueHeads = 1, HeadSize = 8, FeedForward = 32,
            ContextTokens = 64, NormEpsilon = 1e-5f, RopeTheta = 10_000, TieEmbeddings = true,
        },
        Training = Options(steps),
    };

    public SftOptions FineTuning(string model, string run, long steps) => new()
    {
        DataFolder = DataFolder, Recipe = Recipe, Model = model, OutFolder = Path.Combine(Folder, run), MaxRowTokens = 64, Training = Options(steps),
    };

    public static StageContext Context(TextWriter output) => new(output, Columns: 0, new RacingClock(), "microchat test", Threads: 2);

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    private static LanguageModelOptions Options(long steps) => new()
    {
        Steps = steps, MicroBatchTokens = 128, MicroBatchesPerStep = 2, ValidateEvery = 4, CheckpointEvery = 2,
        Schedule = new LearningRateSchedule { Peak = 1e-2, WarmupSteps = 2, DecaySteps = 20 },
        Optimizer = new OptimizerOptions { MatrixRule = MatrixRule.Muon },
    };

    private static string Sentence(Random random, int words) => string.Join(' ', Enumerable.Range(0, words).Select(_ => Words[random.Next(Words.Length)]));

    /// <summary>A minute between any two looks: every update is reported at once.</summary>
    private sealed class RacingClock : TimeProvider
    {
        private long _minutes;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => ++_minutes * TimeSpan.TicksPerMinute;

        public override DateTimeOffset GetUtcNow() => DateTimeOffset.UnixEpoch.AddTicks(_minutes * TimeSpan.TicksPerMinute);
    }
}
