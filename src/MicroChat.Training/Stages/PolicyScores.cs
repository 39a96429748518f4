using MicroChat.Training.Objectives;
using MicroChat.Training.Preferences;

namespace MicroChat.Training.Stages;

/// <summary>Rows as policy and reference see them. The reference is scored first, so that the policy's pass is the one to go back from.</summary>
internal sealed class PolicyScores
{
    public PolicyScores(TunedModel model, IReadOnlyList<EncodedReply> rows)
    {
        Batch = new ReplyBatch(rows);
        Reference = model.ReferenceLogProb(Batch.Tokens);
        LogProb = Precision.Widen(model.Decoder.Score(Batch.Tokens, head: null, entropy: false).LogProb);
    }

    public ReplyBatch Batch { get; }

    /// <summary>(T) ℓ_ref.</summary>
    public double[] Reference { get; }

    /// <summary>(T) ℓ.</summary>
    public double[] LogProb { get; }

    /// <summary>(B) Σ (ℓ − ℓ_ref) over each reply.</summary>
    public double[] LogRatios => KahnemanTversky.LogRatios(LogProb, Reference, Batch.Actions, Batch.Tokens.RowStarts);
}
