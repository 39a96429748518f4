using MicroChat.Kernels;
using MicroChat.Model.Checkpoints;
using MicroChat.Model.Decoding;
using MicroChat.Model.Templates;
using MicroChat.Model.Tokenizers;

namespace MicroChat.Training.Stages;

/// <summary>Supervised fine-tuning: of conversations only the assistant's words and its end of turn are predicted.</summary>
public sealed record SftOptions
{
    /// <summary>Folder that the recipe's files are relative to.</summary>
    public required string DataFolder { get; init; }

    /// <summary>The mixture: a recipe's JSON file.</summary>
    public required string Recipe { get; init; }

    /// <summary>The model to begin with: a Hugging Face folder or a checkpoint.</summary>
    public required string Model { get; init; }

    /// <summary>Folder of the run: checkpoints, metrics, report.</summary>
    public required string OutFolder { get; init; }

    /// <summary>How to train.</summary>
    public required LanguageModelOptions Training { get; init; }

    /// <summary>Longest row. Unit: tokens.</summary>
    public int MaxRowTokens { get; init; } = 1_024;

    /// <summary>Seed of the shuffle.</summary>
    public int Seed { get; init; } = 1;
}

/// <summary>The stage.</summary>
public static class Sft
{
    /// <summary>Trains, or goes on where the run in the folder stopped.</summary>
    /// <returns>The folder of the last checkpoint, and whether all updates were made.</returns>
    public static StageResult Run(SftOptions options, StageContext context, CancellationToken stop)
    {
        DecoderConfig config = DecoderConfigReader.Read(options.Model);
        Tokenizer tokenizer = Tokenizer.Load(options.Model);
        using ParameterBlock weights = WeightFiles.Load(options.Model, config);
        var stage = new LanguageModelStage
        {
            Title = $"Supervised fine-tuning of a model with {weights.Count:N0} parameters",
            DataFolder = options.DataFolder,
            Recipe = options.Recipe,
            OutFolder = options.OutFolder,
            BeganFrom = options.Model,
            LossOn = LossOn.Assistant,
            MaxRowTokens = Math.Min(options.MaxRowTokens, config.ContextTokens),
            Seed = options.Seed,
            Training = options.Training,
            Text = new ModelText(tokenizer, ChatTemplate.Load(options.Model), config.ContextTokens, context.Time, ModelText.GenerationOf(options.Model)),
        };
        return stage.Run(weights, context, stop);
    }
}
