using MicroChat.Model.Decoding;
using MicroChat.Training.Data;

namespace MicroChat.Training.Stages;

/// <summary>How well a model predicts held-out text.</summary>
/// <param name="Loss">Mean −log p per counted token. Unit: nats.</param>
/// <param name="BitsPerByte">−log₂ p of the counted tokens per byte of their text: comparable between tokenizers.</param>
/// <param name="Tokens">Counted tokens.</param>
public readonly record struct ValidationResult(double Loss, double BitsPerByte, long Tokens);

/// <summary>Held-out loss and bits per byte.</summary>
public static class Validation
{
    /// <summary>Scores every row of a set, or the first ones up to a limit; weights and gradients stay as they are.</summary>
    /// <param name="decoder">The model.</param>
    /// <param name="set">Held-out rows.</param>
    /// <param name="batchTokens">Tokens per pass.</param>
    /// <param name="limitTokens">Stop after this many tokens; the rows' order is fixed, so results compare.</param>
    public static ValidationResult Run(ITrainableDecoder decoder, ShardSet set, int batchTokens, long limitTokens)
    {
        double nats = 0;
        long read = 0, counted = 0, bytes = 0;
        foreach (RaggedBatch rows in RaggedBatch.InOrder(set, batchTokens))
        {
            foreach (float logProb in decoder.Score(ShardSource.ToTokens(rows), head: null, entropy: false).LogProb)
            {
                nats -= logProb;
            }
            read += rows.Tokens;
            counted += rows.TargetTokens;
            bytes += rows.TextBytes;
            if (read >= limitTokens)
            {
                break;
            }
        }
        return new ValidationResult(nats / Math.Max(1, counted), EvaluationText.BitsPerByte(nats, bytes), counted);
    }
}
