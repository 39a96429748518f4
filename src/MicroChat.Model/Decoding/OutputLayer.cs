using MicroChat.Kernels;

namespace MicroChat.Model.Decoding;

/// <summary>
/// From hidden states to per-token scores and back. Rows of the V-sized output are made in chunks, only for positions with a target,
/// and are gone when their scores or gradients are computed.
/// </summary>
internal sealed class OutputLayer(ParameterBlock weights, ParameterBlock gradients, Crew crew)
{
    private readonly int C = weights.Config.Width;
    private readonly int V = weights.Config.VocabularySize;

    public void Score(TrainingActivations a, TokenBatch batch, bool entropy)
    {
        int active = StartScores(a, batch);
        for (int from = 0; from < active; from += a.ChunkRows)
        {
            ScoreChunk(a, batch, Chunk(a, from, active), entropy);
        }
    }

    public void Backward(TrainingActivations a, TokenBatch batch, ReadOnlySpan<float> dLogProb, ReadOnlySpan<float> dEntropy, Span<float> dHidden)
    {
        int active = FindActive(a, batch);
        for (int from = 0; from < active; from += a.ChunkRows)
        {
            ReadOnlySpan<int> rows = Chunk(a, from, active);
            ScoreChunk(a, batch, rows, entropy: !dEntropy.IsEmpty);
            BackwardChunk(a, rows, dLogProb, dEntropy, dHidden);
        }
    }

    public void ScoreAndBackward(TrainingActivations a, TokenBatch batch, ReadOnlySpan<float> dLogProb, Span<float> dHidden)
    {
        int active = StartScores(a, batch);
        for (int from = 0; from < active; from += a.ChunkRows)
        {
            ReadOnlySpan<int> rows = Chunk(a, from, active);
            ScoreChunk(a, batch, rows, entropy: false);
            BackwardChunk(a, rows, dLogProb, default, dHidden);
        }
    }

    /// <summary>Scalar[t] = hidden[t] · head.</summary>
    public void ReadScalars(TrainingActivations a, int tokens, ScalarHead head) =>
        Gemm.XWt(crew, a.Hidden.Slice(0, tokens * C), head.Weight, a.Scalar.AsSpan(0, tokens), tokens, 1, C, accumulate: false);

    /// <summary>dhidden[t] += dscalar[t]·head; dhead += Σ dscalar[t]·hidden[t].</summary>
    public void BackwardScalars(TrainingActivations a, ReadOnlySpan<float> dScalar, ScalarHead head, Span<float> dHidden)
    {
        int T = dScalar.Length;
        Gemm.XW(crew, dScalar, head.Weight, dHidden, T, C, 1, accumulate: true);
        Gemm.XtY(crew, dScalar, a.Hidden.Slice(0, T * C), head.Gradient, 1, C, T, accumulate: true);
    }

    private static int StartScores(TrainingActivations a, TokenBatch batch)
    {
        a.LogProb.AsSpan(0, batch.Tokens).Clear();
        a.Entropy.AsSpan(0, batch.Tokens).Clear();
        return FindActive(a, batch);
    }

    private static int FindActive(TrainingActivations a, TokenBatch batch)
    {
        int count = 0;
        for (int t = 0; t < batch.Tokens; t++)
        {
            if (batch.Targets[t] != TokenBatch.NoTarget)
            {
                a.Active[count++] = t;
            }
        }
        return count;
    }

    private static ReadOnlySpan<int> Chunk(TrainingActivations a, int from, int active) => a.Active.AsSpan(from, Math.Min(a.ChunkRows, active - from));

    /// <summary>Logits of these rows, their log p(target), log-sum-exp and entropy.</summary>
    private void ScoreChunk(TrainingActivations a, TokenBatch batch, ReadOnlySpan<int> rows, bool entropy)
    {
        int R = rows.Length;
        for (int r = 0; r < R; r++)
        {
            a.Hidden.Slice((long)rows[r] * C, C).CopyTo(a.ChunkHidden.Slice((long)r * C, C));
            a.ChunkTargets[r] = batch.Targets[rows[r]];
        }
        Span<float> logits = a.Logits.Slice(0, R * V);
        Gemm.XWt(crew, a.ChunkHidden.Slice(0, R * C), weights.At(weights.Layout.Head, V * C), logits, R, V, C, accumulate: false);
        Span<float> logProb = Scores(a, 0, R), entropies = entropy ? Scores(a, 2, R) : default;
        CrossEntropy.LogProb(crew, logits, a.ChunkTargets.AsSpan(0, R), V, logProb, Scores(a, 1, R), entropies);
        for (int r = 0; r < R; r++)
        {
            a.LogProb[rows[r]] = logProb[r];
            a.Entropy[rows[r]] = entropy ? entropies[r] : 0;
        }
    }

    private void BackwardChunk(TrainingActivations a, ReadOnlySpan<int> rows, ReadOnlySpan<float> dLogProb, ReadOnlySpan<float> dEntropy, Span<float> dHidden)
    {
        int R = rows.Length;
        Span<float> dLogProbRows = Scores(a, 3, R), dEntropyRows = Scores(a, 4, R), logits = a.Logits.Slice(0, R * V);
        for (int r = 0; r < R; r++)
        {
            dLogProbRows[r] = dLogProb.IsEmpty ? 0 : dLogProb[rows[r]];
            dEntropyRows[r] = dEntropy.IsEmpty ? 0 : dEntropy[rows[r]];
        }
        CrossEntropy.Backward(
            crew, logits, a.ChunkTargets.AsSpan(0, R), V, Scores(a, 1, R), dEntropy.IsEmpty ? default : Scores(a, 2, R),
            dLogProbRows, dEntropy.IsEmpty ? default : dEntropyRows, scale: 1f);
        Span<float> hidden = a.ChunkHidden.Slice(0, R * C), dChunk = a.DChunkHidden.Slice(0, R * C);
        Gemm.XtY(crew, logits, hidden, gradients.At(weights.Layout.Head, V * C), V, C, R, accumulate: true);
        Gemm.XW(crew, logits, weights.At(weights.Layout.Head, V * C), dChunk, R, C, V, accumulate: false);
        for (int r = 0; r < R; r++)
        {
            dChunk.Slice(r * C, C).CopyTo(dHidden.Slice(rows[r] * C, C));
        }
    }

    private static Span<float> Scores(TrainingActivations a, int kind, int rows) => a.ChunkScores.AsSpan(kind * a.ChunkRows, rows);
}
