using System.Globalization;
using MicroChat.Model.Checkpoints;
using MicroChat.Model.Decoding;
using MicroChat.Model.Templates;
using MicroChat.Model.Tokenizers;
using MicroChat.Training.Preferences;
using MicroChat.Training.Reports;

namespace MicroChat.Training.Stages;

/// <summary>What the stages that learn from judged replies have in common: faults, text, memory plan, facts of the report.</summary>
internal static class PreferenceStage
{
    /// <summary>The curves of every such stage.</summary>
    public static IReadOnlyList<ReportChart> Charts { get; } =
    [
        new("Loss", [Metrics.Loss, Metrics.ValidationLoss]),
        new("Supervised text (nats per token)", [MixedTask.TextLoss]),
        new("Share of pairs in the right order", [Metrics.RewardAccuracy, Metrics.Accuracy]),
        new("Rewards", [Metrics.RewardChosen, Metrics.RewardRejected, Metrics.RewardMargin]),
        new("Log-probabilities of the replies (nats)", [Metrics.LogProbChosen, Metrics.LogProbRejected]),
        new("Learning rate", [Metrics.LearningRate]),
        new("Gradient norm", [Metrics.GradientNorm]),
        new("Tokens per second", [Metrics.TokensPerSecond]),
    ];

    /// <summary>Throws with everything that is wrong with options.</summary>
    public static void Require(IEnumerable<string> faults)
    {
        string[] all = [.. faults];
        if (all.Length > 0)
        {
            throw new TrainingException(string.Join(" ", all));
        }
    }

    /// <summary>Tokenizer and template of the model to begin with.</summary>
    public static ModelText Text(string model, TimeProvider time)
    {
        DecoderConfig config = DecoderConfigReader.Read(model);
        return new ModelText(Tokenizer.Load(model), ChatTemplate.Load(model), config.ContextTokens, time, ModelText.GenerationOf(model));
    }

    /// <summary>Rows no longer than the model's context.</summary>
    public static PreferenceRowOptions Fit(PreferenceRowOptions options, ModelText text) =>
        options with { Set = options.Set with { MaxRowTokens = Math.Min(options.Set.MaxRowTokens, text.ContextTokens) } };

    /// <summary>Prints notes and the memory plan.</summary>
    /// <exception cref="TrainingException">The machine has too little memory.</exception>
    public static void Announce(StageContext context, IEnumerable<string> notes, TuningPlan plan, PreferenceTrainingOptions training, int longestItem)
    {
        foreach (string note in notes)
        {
            context.Output.WriteLine(note);
        }
        StageRun.Announce(TunedModel.Memory(plan, Math.Max(training.MicroBatchTokens, longestItem)), context.Output);
    }

    /// <summary>The facts that a report begins with.</summary>
    public static RunReportData Facts(string title, string model, string outFolder, StageContext context, PreferenceFiles files, object options) => new()
    {
        Title = title,
        Command = context.Command,
        Started = context.Time.GetUtcNow(),
        BeganFrom = model,
        Parent = RunManifest.Load(outFolder)?.Parent ?? TrainingCheckpoint.Origin(model),
        Options = StageRun.Options(options),
        Data = files.Sources,
        Charts = Charts,
    };

    /// <summary>A number as reports show it.</summary>
    public static string Number(double value) => value.ToString("0.000", CultureInfo.InvariantCulture);
}
