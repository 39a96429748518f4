using MicroChat.Model.Decoding;

namespace MicroChat.Training.Stages;

/// <summary>What one update did.</summary>
/// <param name="Step">Updates made so far, this one included.</param>
/// <param name="Tokens">Tokens read so far.</param>
/// <param name="Loss">Mean −log p over the update's counted tokens, without what label smoothing and z-loss add. Unit: nats.</param>
/// <param name="GradientNorm">Global norm before clipping.</param>
/// <param name="LearningRate">Rate of the update.</param>
/// <param name="StepTokens">Tokens of this update.</param>
public readonly record struct StepReport(long Step, long Tokens, double Loss, double GradientNorm, double LearningRate, int StepTokens);

/// <summary>
/// Next-token training: reads micro-batches, weighs every counted token of an update the same whatever batch it came in, updates.
/// Pretraining and supervised fine-tuning differ only in their data.
/// </summary>
public sealed class LanguageModelTrainer(ITrainableDecoder decoder, ITrainingSource source, LanguageModelOptions options)
{
    /// <summary>Updates in a row whose gradient was not finite before the run is stopped.</summary>
    private const int ToleratedBadSteps = 3;

    private readonly List<TokenBatch> _batches = [];
    private int _badSteps;

    /// <summary>Updates made so far.</summary>
    public long Step { get; private set; }

    /// <summary>Tokens read so far.</summary>
    public long Tokens { get; private set; }

    /// <summary>Where the run stands, for a checkpoint.</summary>
    public TrainingState State => new(Step, decoder.Steps, Tokens, source.SavePlace());

    /// <summary>Goes on from a checkpoint's state; weights and moments are restored beside it.</summary>
    public void Resume(TrainingState state)
    {
        Step = state.Step;
        Tokens = state.Tokens;
        source.RestorePlace(state.Place);
    }

    /// <summary>Makes one update.</summary>
    /// <exception cref="TrainingException">Several updates in a row had a gradient that is not finite.</exception>
    public StepReport RunStep()
    {
        int tokens = ReadBatches();
        long counted = 0;
        foreach (TokenBatch batch in _batches)
        {
            counted += batch.TargetCount;
        }
        decoder.Penalties = new OutputPenalties((float)options.LabelSmoothing, (float)options.ZLoss);
        double nats = 0;
        foreach (TokenBatch batch in _batches)
        {
            nats += Accumulate(batch, counted);
        }
        double rate = options.Schedule.At(Step + 1), norm = decoder.Step((float)rate, options.Optimizer);
        CountBadSteps(norm);
        Step++;
        Tokens += tokens;
        return new StepReport(Step, Tokens, nats / Math.Max(1, counted), norm, rate, tokens);
    }

    private int ReadBatches()
    {
        _batches.Clear();
        int tokens = 0;
        for (int i = 0; i < options.MicroBatchesPerStep; i++)
        {
            TokenBatch batch = source.Next();
            _batches.Add(batch);
            tokens += batch.Tokens;
        }
        return tokens;
    }

    private double Accumulate(TokenBatch batch, long counted)
    {
        float[] dLogProb = new float[batch.Tokens];
        Array.Fill(dLogProb, -1f / counted);
        double nats = 0;
        foreach (float logProb in decoder.ScoreAndBackward(batch, dLogProb).LogProb)
        {
            nats -= logProb;
        }
        return nats;
    }

    private void CountBadSteps(double norm)
    {
        _badSteps = double.IsFinite(norm) ? 0 : _badSteps + 1;
        if (_badSteps >= ToleratedBadSteps)
        {
            throw new TrainingException(
                $"The gradient norm was {norm} in {_badSteps} updates in a row, up to update {Step + 1}; it must be a number. "
                + "Nothing was updated by them. Resume from the last checkpoint with a lower learning rate.");
        }
    }
}
