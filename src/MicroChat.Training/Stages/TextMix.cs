using MicroChat.Model.Decoding;
using MicroChat.Training.Data;
using MicroChat.Training.Objectives;

namespace MicroChat.Training.Stages;

/// <summary>Text of a recipe that is mixed into learning from people, so that what was taught before is not unlearned (Ouyang et al. 2022, eq. 2: PPO-ptx).</summary>
internal sealed class TextMix : IDisposable
{
    private readonly IReadOnlyList<PreparedSource> _sources;

    private TextMix(IReadOnlyList<PreparedSource> sources, TextMixPlan plan)
    {
        _sources = sources;
        Source = new ShardSource([.. sources.Select(s => new BatchSource(s.Training, s.Source.Weight, s.Source.Epochs))], (ulong)plan.Seed, plan.BatchTokens);
    }

    /// <summary>The stream, whose place a checkpoint keeps.</summary>
    public ITrainingSource Source { get; }

    /// <summary>Prepares the recipe's shards where that was not done before.</summary>
    /// <exception cref="DatasetException">The recipe or a file of it can't be used.</exception>
    public static TextMix Open(TextMixPlan plan, ModelText text, CancellationToken stop)
    {
        var preparation = new ShardPreparation(text.Tokenizer, text.Encode, plan.ShardFolder, plan.LossOn, plan.RowTokens);
        return new TextMix([.. DataRecipe.Load(plan.Recipe, plan.DataFolder).Sources.Select(source => preparation.Prepare(source, plan.DataFolder, stop))], plan);
    }

    /// <summary>Adds the gradients of a stream's next batches, times the coefficient, at temperature 1.</summary>
    /// <param name="decoder">What learns; its temperature is as before afterwards.</param>
    /// <param name="source">The stream.</param>
    /// <param name="count">Batches.</param>
    /// <param name="coefficient">What the loss is multiplied by.</param>
    /// <param name="tokens">Tokens read.</param>
    /// <returns>The loss without the coefficient. Unit: nats per counted token.</returns>
    public static double Accumulate(ITrainableDecoder decoder, ITrainingSource source, int count, double coefficient, out int tokens)
    {
        TokenBatch[] batches = [.. Enumerable.Range(0, count).Select(_ => source.Next())];
        long targets = batches.Sum(batch => (long)batch.TargetCount);
        (double loss, float before) = (0, decoder.Temperature);
        decoder.Temperature = 1;
        foreach (TokenBatch batch in batches)
        {
            bool[] mask = Array.ConvertAll(batch.Targets, target => target != TokenBatch.NoTarget);
            double[] slopes = new double[batch.Tokens];
            loss += PpoLoss.Pretraining(Precision.Widen(decoder.Score(batch, head: null, entropy: false).LogProb), mask, coefficient, targets, slopes);
            decoder.Backward(Precision.Narrow(slopes), [], []);
        }
        decoder.Temperature = before;
        tokens = batches.Sum(batch => batch.Tokens);
        return loss;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (PreparedSource source in _sources)
        {
            source.Dispose();
        }
    }
}

/// <summary>What text is mixed in, and how.</summary>
/// <param name="Recipe">File that names the sources.</param>
/// <param name="DataFolder">Folder that they are relative to.</param>
/// <param name="ShardFolder">Where their tokens are kept.</param>
/// <param name="LossOn">Which tokens of a conversation count.</param>
/// <param name="RowTokens">Longest row. Unit: tokens.</param>
/// <param name="BatchTokens">Tokens of a batch, at most.</param>
/// <param name="Seed">Of the order.</param>
internal sealed record TextMixPlan(string Recipe, string DataFolder, string ShardFolder, LossOn LossOn, int RowTokens, int BatchTokens, int Seed)
{
    /// <summary>Name of the folder of tokens in a run's folder.</summary>
    public const string Shards = "shards";
}
