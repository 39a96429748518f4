using MicroChat.Model.Decoding;

namespace MicroChat.Training.Stages;

/// <summary>Ragged rows of one micro-batch.</summary>
/// <param name="Ids">(T) tokens of all rows, end to end.</param>
/// <param name="RowStarts">(B + 1) borders.</param>
/// <param name="Counts">(T) whether predicting this token counts.</param>
/// <param name="Bytes">UTF-8 bytes of the text whose tokens count.</param>
public sealed record TrainingBatch(int[] Ids, int[] RowStarts, bool[] Counts, long Bytes)
{
    /// <summary>Each position with the next token as its target where that counts.</summary>
    public TokenBatch ToTokens() => TokenBatch.NextToken(Ids, RowStarts, Counts);
}

/// <summary>An endless, repeatable stream of batches whose place can be saved.</summary>
public interface ITrainingSource
{
    /// <summary>The next rows, together at most <paramref name="tokens"/> tokens.</summary>
    public TrainingBatch Next(int tokens);

    /// <summary>The place in the stream, small enough for a checkpoint.</summary>
    public string SavePlace();

    /// <summary>Goes to a saved place: the batches that follow are those that followed there.</summary>
    public void RestorePlace(string place);
}

/// <summary>Held-out rows of one data set.</summary>
/// <param name="Name">Name in logs and reports.</param>
/// <param name="Batches">The rows.</param>
public sealed record ValidationSet(string Name, IReadOnlyList<TrainingBatch> Batches);

/// <summary>How well a model predicts held-out text.</summary>
/// <param name="Loss">Mean −log p per counted token. Unit: nats.</param>
/// <param name="BitsPerByte">−log₂ p of the counted tokens per byte of their text: comparable between tokenizers.</param>
/// <param name="Tokens">Counted tokens.</param>
public readonly record struct ValidationResult(double Loss, double BitsPerByte, long Tokens);
