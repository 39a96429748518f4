using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using MicroChat.Chat.Registry;
using MicroChat.Cycles;
using MicroChat.Feedback;
using MicroChat.Model.Decoding;
using MicroChat.Options;
using MicroChat.Tests.Training;
using MicroChat.Training;
using MicroChat.Training.Stages;

namespace MicroChat.Tests.Cycles;

/// <summary>A tiny model in a registry of its own, and feedback of people who like cats: the liked replies speak of cats, the others of dogs.</summary>
internal sealed class CycleBench : IDisposable
{
    private static readonly string[] Other = ["sat", "ran", "on", "a", "red", "mat", "and", "saw", "two"];
    private readonly PreferenceTinyRun _tiny = new(pairs: 1);
    private readonly string _safety, _flattery, _prompts;

    /// <param name="taught">Whether the model was taught to end its replies.</param>
    public CycleBench(bool taught = false)
    {
        CopyModel(taught ? Taught() : _tiny.Model, Models);
        _prompts = Write("bank.jsonl", Enumerable.Range(0, 60).Select(i => new { prompt = $"the cat and {Other[i % Other.Length]} {i}" }));
        _safety = Write("safety.jsonl", Enumerable.Range(0, 8).Select(i => new { prompt = $"the dog {i}", label = i % 2 == 0 ? "safe" : "unsafe" }));
        _flattery = Write("flattery.jsonl", Enumerable.Range(0, 6).Select(i => new { question = $"who sat {i}", opinion = $"a dog sat {i}", right = "the cat", wrong = "the dog" }));
    }

    /// <summary>Comparisons in the feedback.</summary>
    public int Pairs { get; set; } = 220;

    /// <summary>Whether the votes say anything.</summary>
    public bool Noise { get; set; }

    /// <summary>Rows that are no longer in the store, by the numbers of their comparisons.</summary>
    public HashSet<int> Deleted { get; } = [];

    public string Models => Path.Combine(_tiny.Folder, "models");

    public string Runs => Path.Combine(_tiny.Folder, "runs");

    public string Folder => _tiny.Folder;

    /// <summary>The options as they are given on a command line.</summary>
    public IEnumerable<string> Assignments()
    {
        var given = new AppOptions
        {
            Training = new TrainingOptions
            {
                Cycle = Options with { PromptsFile = _prompts, SafetyFile = _safety, FlatteryFile = _flattery, RecipeFile = _tiny.Recipe, KeepRecipeFile = _tiny.Recipe, DataFolder = _tiny.DataFolder },
            },
        };
        return OptionField.All.Where(field => field.Show(given) != field.Show(new AppOptions())).SelectMany(field => new[] { "--set", $"{field.Key}={field.Show(given)}" });
    }

    public CycleOptions Options { get; set; } = new()
    {
        LeastVotes = 50, LeastPersons = 3, PpoVotes = 100, Ensemble = 2, RewardEpochs = 4, RewardRate = 5e-3, Rank = 0, RowTokens = 64, ReplyTokens = 8, MicroBatchTokens = 256, PpoSteps = 3, PpoReplies = 8,
        PpoRate = 1e-3, DirectRate = 1e-3, DirectEpochs = 1, BestOf = 2, BestOfPrompts = 40, EvaluationReplies = 60, EvaluationProbes = 4, EvaluationTextTokens = 200,
        Gates = Loose,
    };

    /// <summary>Gates that every candidate passes which is made of numbers.</summary>
    public static CycleGateOptions Loose => new()
    {
        Reward = -100, Disjoint = -100, WinRate = 0, LeastMatched = 1, LengthMatch = 1, Divergence = 1_000, Length = 10, Ended = 0, Distinct = 0, Supervised = 10, Refusal = 1, OverRefusal = 1, Flattery = 100,
    };

    public CyclePlan Plan => new()
    {
        Runs = Runs, Registry = new ModelRegistry(Models, TimeProvider.System), Options = Options, Export = ExportAsync,
        Inputs = new CycleInputs(_prompts, _safety, _flattery, _tiny.Recipe, _tiny.Recipe, _tiny.DataFolder),
    };

    public Task<CycleState> RunAsync(TextWriter? output = null, CancellationToken stop = default) => CycleRun.RunAsync(Plan, PreferenceTinyRun.Context(output ?? TextWriter.Null), stop);

    public CyclePaths Paths(CycleState state) => new(Path.Combine(Runs, CycleFile.FolderName, state.Id));

    public void Dispose() => _tiny.Dispose();

    public static void CopyModel(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (string file in Directory.EnumerateFiles(from).Where(file => Path.GetFileName(file) is not ("optimizer.safetensors" or "trainer_state.json")))
        {
            File.Copy(file, Path.Combine(to, Path.GetFileName(file)), overwrite: true);
        }
    }

    private string Taught() => Sft.Run(
        new SftOptions
        {
            DataFolder = _tiny.DataFolder, Recipe = _tiny.Recipe, Model = _tiny.Model, OutFolder = _tiny.Out("taught"), MaxRowTokens = 64,
            Training = new LanguageModelOptions
            {
                Steps = 300, MicroBatchTokens = 256, MicroBatchesPerStep = 1, ValidateEvery = 0, CheckpointEvery = 0,
                Schedule = new LearningRateSchedule { Peak = 1e-2, WarmupSteps = 2, DecaySteps = 298 }, Optimizer = new OptimizerOptions { MatrixRule = MatrixRule.Muon },
            },
        },
        PreferenceTinyRun.Context(TextWriter.Null), default).Model!;

    private string Write<T>(string name, IEnumerable<T> rows)
    {
        string path = Path.Combine(_tiny.Folder, name);
        File.WriteAllLines(path, rows.Select(row => JsonSerializer.Serialize(row)));
        return path;
    }

    /// <summary>A snapshot as the feedback store writes it, without one.</summary>
    private Task<SnapshotManifest> ExportAsync(string folder, CancellationToken stop)
    {
        var random = new Random(8);
        var files = new SortedDictionary<string, StringBuilder>(StringComparer.Ordinal);
        for (int i = 0; i < Pairs; i++)
        {
            string prompt = $"the {Other[random.Next(Other.Length)]} {Other[random.Next(Other.Length)]} {i}";
            bool swapped = Noise && random.Next(2) == 0;
            string cat = Reply(random, "cat"), dog = Reply(random, "dog"), good = swapped ? dog : cat, bad = swapped ? cat : dog, rater = new string((char)('a' + (i % 6)), 32);
            if (Deleted.Contains(i))
            {
                continue;
            }
            string split = i % 10 == 9 ? "held-out" : "train";
            object[] turns = [new { role = "user", content = prompt }];
            DateTimeOffset time = DateTimeOffset.UnixEpoch.AddMinutes(i);
            Row($"{split}/preferences.jsonl", new { answer = Id(i, 1), rater, time, chosen_exchange = Id(i, 2), rejected_exchange = Id(i, 3), prompt = turns, chosen = good, rejected = bad });
            Row($"{split}/thumbs.jsonl", new { rating = Id(i, 4), exchange = Id(i, 2), rater, time, value = 1, prompt = turns, completion = good });
            Row($"{split}/thumbs.jsonl", new { rating = Id(i, 5), exchange = Id(i, 3), rater, time, value = -1, prompt = turns, completion = bad });
        }
        var written = new List<SnapshotFile>();
        foreach ((string path, StringBuilder rows) in files)
        {
            byte[] bytes = Encoding.UTF8.GetBytes(rows.ToString());
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(folder, path))!);
            File.WriteAllBytes(Path.Combine(folder, path), bytes);
            written.Add(new SnapshotFile(path, Path.GetFileNameWithoutExtension(path), path.Split('/')[0], rows.ToString().Count(c => c == '\n'), bytes.Length, Convert.ToHexStringLower(SHA256.HashData(bytes))));
        }
        var manifest = new SnapshotManifest
        {
            Schema = SnapshotManifest.CurrentSchema, Trust = Trust(folder), Votes = new SnapshotVotes(6, Pairs, Pairs, Pairs, 0, 0, 1 / 6.0), Notes = ["votes of a test"],
            Id = Id(0, 6), Previous = null, Created = DateTimeOffset.UnixEpoch, From = null, To = null, SplitBy = "person", HeldOutSince = null, Options = new SnapshotOptions(),
            Files = written, ConsentBasis = new Dictionary<string, long> { ["opted in"] = Pairs }, LeftOut = new Dictionary<string, long>(), Deletions = [],
        };
        File.WriteAllText(Path.Combine(folder, SnapshotManifest.FileName), JsonSerializer.Serialize(manifest));
        return Task.FromResult(manifest);

        void Row<T>(string path, T row)
        {
            if (!files.TryGetValue(path, out StringBuilder? rows))
            {
                files.Add(path, rows = new StringBuilder());
            }
            rows.Append(JsonSerializer.Serialize(row)).Append('\n');
        }
    }

    private static SnapshotFile Trust(string folder)
    {
        File.WriteAllText(Path.Combine(folder, "trust.json"), "{}");
        return new SnapshotFile("trust.json", "trust", "", 1, 2, Convert.ToHexStringLower(SHA256.HashData("{}"u8)));
    }

    private static Guid Id(int row, short kind) => new(row, kind, 0, 0, 0, 0, 0, 0, 0, 0, 1);

    private static string Reply(Random random, string word) => $"the {word} {Other[random.Next(Other.Length)]} {Other[random.Next(Other.Length)]} {word}";
}

/// <summary>Output that ends the world when a line begins with a text: a kill, as the cycle sees it.</summary>
internal sealed class KillAt(Func<string, bool> kills) : StringWriter
{
    public override void WriteLine(string? value)
    {
        base.WriteLine(value);
        if (value is not null && kills(value))
        {
            throw new KilledException();
        }
    }
}

/// <summary>What nobody catches.</summary>
internal sealed class KilledException : Exception;
