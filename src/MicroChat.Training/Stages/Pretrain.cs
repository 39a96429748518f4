using MicroChat.Model.Checkpoints;
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

    /// <summary>Folder of a tokenizer.json; not used with <see cref="Model"/>, which has its own.</summary>
    public string? Tokenizer { get; init; }

    /// <summary>A model to go on from instead of fresh weights; null: begin anew.</summary>
    public string? Model { get; init; }

    /// <summary>Folder of the run: checkpoints, metrics, report.</summary>
    public required string OutFolder { get; init; }

    /// <summary>Shape of a new model, whose vocabulary is the tokenizer's.</summary>
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
        Tokenizer tokenizer = Tokenizer.Load(options.Model ?? options.Tokenizer
            ?? throw new TrainingException("Neither a tokenizer nor a model was given; name the folder of a tokenizer to begin anew, or a model to go on from."));
        using ParameterBlock weights = Weights(options, tokenizer);
        DecoderConfig config = weights.Config;
        var stage = new LanguageModelStage
        {
            Title = $"Pretraining of a model with {weights.Count:N0} parameters",
            DataFolder = options.DataFolder,
            Recipe = options.Recipe,
            OutFolder = options.OutFolder,
            BeganFrom = options.Model,
            LossOn = LossOn.Everything,
            MaxRowTokens = options.MaxRowTokens,
            Seed = options.Seed,
            Training = options.Training,
            Text = new ModelText(tokenizer, ChatTemplate.Parse(OwnTemplate.Source, new Dictionary<string, string>()), config.ContextTokens, context.Time,
                options.Model is null ? null : ModelText.GenerationOf(options.Model)),
        };
        return stage.Run(weights, context, stop);
    }

    private static ParameterBlock Weights(PretrainOptions options, Tokenizer tokenizer)
    {
        if (options.Model is not null)
        {
            return WeightFiles.Load(options.Model, DecoderConfigReader.Read(options.Model));
        }
        var weights = new ParameterBlock(options.Shape with
        {
            VocabularySize = tokenizer.VocabularySize,
            BeginTokenId = Required(tokenizer, OwnTemplate.EndOfText),
            EndTokenIds = [Required(tokenizer, OwnTemplate.EndOfTurn), Required(tokenizer, OwnTemplate.EndOfText)],
        });
        WeightInitializer.Initialize(weights, options.Seed);
        return weights;
    }

    private static int Required(Tokenizer tokenizer, string token) => tokenizer.IdOf(token) ?? throw new TrainingException(
        $"The tokenizer has no token {token}; it must have the chat template's tokens. Train one with: microchat train tokenizer.");
}
