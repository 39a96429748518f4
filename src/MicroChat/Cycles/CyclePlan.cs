using MicroChat.Chat.Registry;
using MicroChat.Feedback;
using MicroChat.Options;

namespace MicroChat.Cycles;

/// <summary>What a cycle gets from the outside world.</summary>
internal sealed record CyclePlan
{
    /// <summary>The runs folder; the cycle's is made in its "cycles".</summary>
    public required string Runs { get; init; }

    /// <summary>The generations: where it begins, and where the candidate goes.</summary>
    public required ModelRegistry Registry { get; init; }

    /// <summary>How it is done.</summary>
    public required CycleOptions Options { get; init; }

    /// <summary>The files beside the feedback.</summary>
    public required CycleInputs Inputs { get; init; }

    /// <summary>Exports the feedback into a new folder.</summary>
    public required Func<string, CancellationToken, Task<SnapshotManifest>> Export { get; init; }

    /// <summary>Whether a cycle that is not over is left alone and another begun.</summary>
    public bool Anew { get; init; }

    /// <summary>All that decides the outcome, by the option's name.</summary>
    public IReadOnlyDictionary<string, string> Settings()
    {
        var app = new AppOptions { Training = new TrainingOptions { Cycle = Options } };
        return OptionField.All.Where(field => field.Section is "Training:Cycle" or "Training:Cycle:Gates" && field.Name is not (nameof(CycleOptions.Threads) or nameof(CycleOptions.Keep)))
            .ToDictionary(field => field.Key, field => field.Show(app), StringComparer.Ordinal);
    }
}

/// <summary>Files that a cycle reads beside the feedback.</summary>
/// <param name="Prompts">The operator's own prompts.</param>
/// <param name="Safety">Safety probes.</param>
/// <param name="Flattery">Probes of flattery.</param>
/// <param name="Recipe">Recipe of the supervised data.</param>
/// <param name="Keep">Recipe of the supervised text that a policy goes on learning.</param>
/// <param name="DataFolder">Folder that the recipes' files lie in.</param>
internal sealed record CycleInputs(string Prompts, string Safety, string Flattery, string Recipe, string Keep, string DataFolder)
{
    /// <summary>The files that options name, or else those of the checkout.</summary>
    /// <exception cref="CommandException">One is not there.</exception>
    public static CycleInputs Find(CycleOptions options, string baseFolder)
    {
        string File(string given, string name, params string[] usual)
        {
            string relative = Path.Combine(usual);
            string? found = given.Length == 0 ? CheckoutFolder.Find(baseFolder, relative) : Path.Exists(given) ? Path.GetFullPath(given) : null;
            return found ?? throw CommandException.Failure(given.Length == 0
                ? $"there is no {relative} in {baseFolder} or above it; name one with Training:Cycle:{name}. Without it a gate could not be asked."
                : $"Training:Cycle:{name} is \"{given}\", which is not there; name a file that is.");
        }
        return new CycleInputs(
            File(options.PromptsFile, nameof(CycleOptions.PromptsFile), "data", "prompts", "user_prompts.jsonl.gz"),
            File(options.SafetyFile, nameof(CycleOptions.SafetyFile), "data", "prompts", "xstest_eval_only.jsonl.gz"),
            File(options.FlatteryFile, nameof(CycleOptions.FlatteryFile), "data", "probes", "flattery.jsonl"),
            File(options.RecipeFile, nameof(CycleOptions.RecipeFile), "data", "recipes", "sft.json"),
            File(options.KeepRecipeFile, nameof(CycleOptions.KeepRecipeFile), "data", "recipes", "keep.json"),
            File(options.DataFolder, nameof(CycleOptions.DataFolder), "data"));
    }
}
