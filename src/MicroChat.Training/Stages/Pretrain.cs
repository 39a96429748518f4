using MicroChat.Kernels;
using MicroChat.Model.Decoding;
using MicroChat.Model.Templates;
using MicroChat.Model.Tokenizers;

namespace MicroChat.Training.Stages;

/// <summary>Generative pretraining: every token of texts and rendered conversations is predicted from those before it.</summary>
public sealed record PretrainOptions
{
    /// <summary>Folder that the recipe's files are relative to.</summary>
    public required string DataFolder { get; init; }

    /// <summary>The mixture: a recipe's JSON file.</summary>
    public required string Recipe { get; init; }

    /// <summary>Folder of a tokenizer.json.</summary>
    public required string Tokenizer { get; init; }

    /// <summary>Folder of the run: checkpoints, metrics, report.</summary>
    public required string OutFolder { get; init; }

    /// <summary>Shape of the new model, whose vocabulary is the tokenizer's.</summary>
    public required DecoderConfig Shape { get; init; }

    /// <summary>How to train.</summary>
    public required LanguageModelOptions Training { get; init; }

    /// <summary>Longest row. Unit: tokens.</summary>
    public int MaxRowTokens { get; init; } = 512;

    /// <summary>Seed of the weights and of the shuffle.</summary>
    public int Seed { get; init; } = 1;
}

/// <summary>The stage.</summary>
public static class Pretrain
{
    /// <summary>Trains, or goes on where the run in the folder stopped.</summary>
    /// <returns>The folder of the last checkpoint, and whether all updates were made.</returns>
    public static StageResult Run(PretrainOptions options, StageContext context, CancellationToken stop)
    {
        Tokenizer tokenizer = Tokenizer.Load(options.Tokenizer);
        DecoderConfig config = options.Shape with
        {
            VocabularySize = tokenizer.VocabularySize,
            BeginTokenId = tokenizer.IdOf(OwnTemplate.EndOfText),
            EndTokenIds = [Required(tokenizer, OwnTemplate.EndOfTurn), Required(tokenizer, OwnTemplate.EndOfText)],
        };
        using var weights = new ParameterBlock(config);
        WeightInitializer.Initialize(weights, options.Seed);
        var stage = new LanguageModelStage
        {
            Title = $"Pretraining of a model with {weights.Count:N0} parameters",
            DataFolder = options.DataFolder,
            Recipe = options.Recipe,
            OutFolder = options.OutFolder,
            LossOn = LossOn.Everything,
            MaxRowTokens = options.MaxRowTokens,
            Seed = options.Seed,
            Training = options.Training,
            Text = new ModelText(tokenizer, ChatTemplate.Parse(OwnTemplate.Source, new Dictionary<string, string>()), config.ContextTokens, context.Time),
        };
        return stage.Run(weights, context, stop);
    }

    private static int Required(Tokenizer tokenizer, string token) => tokenizer.IdOf(token) ?? throw new TrainingException(
        $"The tokenizer has no token {token}; it must have the chat template's tokens. Train one with: microchat train tokenizer.");
}
