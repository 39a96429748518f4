using MicroChat.Training.Data;

namespace MicroChat.Training.Stages;

/// <summary>The pretraining text of PPO-ptx, as shards in the run's folder.</summary>
internal sealed class PretrainingMix : IDisposable
{
    private readonly IReadOnlyList<PreparedSource> _sources;

    private PretrainingMix(IReadOnlyList<PreparedSource> sources, PpoTrainingOptions training)
    {
        _sources = sources;
        Source = new ShardSource([.. sources.Select(s => new BatchSource(s.Training, s.Source.Weight, s.Source.Epochs))], (ulong)training.Rollouts.Seed, training.MicroBatchTokens);
    }

    public ITrainingSource Source { get; }

    public static PretrainingMix Open(PpoStageOptions options, ModelText text, int rowTokens, CancellationToken stop)
    {
        var preparation = new ShardPreparation(text.Tokenizer, text.Encode, Path.Combine(options.OutFolder, "shards"), LossOn.Everything, rowTokens);
        var sources = new List<PreparedSource>();
        foreach (RecipeSource source in DataRecipe.Load(options.PretrainingRecipe!, options.DataFolder!).Sources)
        {
            sources.Add(preparation.Prepare(source, options.DataFolder!, stop));
        }
        return new PretrainingMix(sources, options.Training);
    }

    public void Dispose()
    {
        foreach (PreparedSource source in _sources)
        {
            source.Dispose();
        }
    }
}
