using MicroChat.Model.Decoding;

namespace MicroChat.Training.Stages;

/// <summary>Held-out loss and bits per byte.</summary>
public static class Validation
{
    /// <summary>Scores every row of a set; the decoder's gradients and weights stay as they are.</summary>
    public static ValidationResult Run(TrainableDecoder decoder, ValidationSet set)
    {
        double nats = 0;
        long tokens = 0, bytes = 0;
        foreach (TrainingBatch rows in set.Batches)
        {
            TokenBatch batch = rows.ToTokens();
            foreach (float logProb in decoder.Score(batch, head: null, entropy: false).LogProb)
            {
                nats -= logProb;
            }
            tokens += batch.TargetCount;
            bytes += rows.Bytes;
        }
        return new ValidationResult(nats / Math.Max(1, tokens), nats / Math.Log(2) / Math.Max(1, bytes), tokens);
    }
}
