using MicroChat.Kernels;

namespace MicroChat.Model.Decoding;

/// <summary>
/// From hidden states to per-token scores and back. Rows of the V-sized output are made in chunks, only for positions with a target,
/// and are gone when their scores or gradients are computed.
/// </summary>
/// <param name="weights">The decoder's weights.</param>
/// <param name="gradients">Where gradients of the output matrix are added; null: it is frozen.</param>
/// <param name="lora">An adapter's part of the output.</param>
/// <param name="crew">Threads.</param>
internal sealed class OutputLayer(ParameterBlock weights, ParameterBlock? gradients, LoraPass lora, Crew crew)
{
    private readonly int C = weights.Config.Width;
    private readonly int V = weights.Config.VocabularySize;

    /// <summary>Divides the logits, forward and backward.</summary>
    public float Temperature { get; set; } = 1f;

    /// <summary>What <see cref="ScoreAndBackward"/> adds to −log p.</summary>
    public OutputPenalties Penalties { get; set; }

    /// <summary>The adapter of the pass, or null.</summary>
    public LoraAdapter? Adapter { get; set; }

    /// <summary>(V,C): the adapter's where it brings a whole one, else the base's.</summary>
    private Span<float> Matrix => Adapter?.Layout.ReplacedOutput is { } replaced ? Adapter.Weights[replaced] : weights.At(weights.Layout.Head, V * C);

    /// <summary>(V,C) the gradient of <see cref="Matrix"/>; empty where it does not learn.</summary>
    private Span<float> MatrixGradient =>
        Adapter?.Layout.ReplacedOutput is { } replaced ? Adapter.Training is { } training ? training.Gradients[replaced] : default
        : gradients is null ? default : gradients.At(weights.Layout.Head, V * C);

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
            BackwardChunk(a, rows, dLogProb, dEntropy, default, dHidden);
        }
    }

    public void ScoreAndBackward(TrainingActivations a, TokenBatch batch, ReadOnlySpan<float> dLogProb, Span<float> dHidden)
    {
        int active = StartScores(a, batch);
        for (int from = 0; from < active; from += a.ChunkRows)
        {
            ReadOnlySpan<int> rows = Chunk(a, from, active);
            ScoreChunk(a, batch, rows, entropy: false);
            BackwardChunk(a, rows, dLogProb, default, Penalties, dHidden);
        }
    }

    /// <summary>Scalar[t] = hidden[t]·w + b; each depends on its own token only, not on the batch.</summary>
    public void ReadScalars(TrainingActivations a, int tokens, ScalarHead head)
    {
        Span<float> scalars = a.Scalar.AsSpan(0, tokens);
        scalars.Fill(head.Bias);
        Gemm.XWt(crew, head.Weight, a.Hidden.Slice(0, tokens * C), scalars, 1, tokens, C, accumulate: true); // a row of weights against all tokens
    }

    /// <summary>dhidden[t] += dscalar[t]·w and, where the head learns, dw += Σ dscalar[t]·hidden[t], db += Σ dscalar[t].</summary>
    public void BackwardScalars(TrainingActivations a, ReadOnlySpan<float> dScalar, ScalarHead head, Span<float> dHidden)
    {
        int T = dScalar.Length;
        Gemm.XW(crew, dScalar, head.Weight, dHidden, T, C, 1, accumulate: true);
        if (head.Training is not null)
        {
            Gemm.XtY(crew, dScalar, a.Hidden.Slice(0, T * C), head.WeightGradient, 1, C, T, accumulate: true);
            Vectors.BiasBackward(crew, dScalar, head.BiasGradient);
        }
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
        Span<float> logits = a.Logits.Slice(0, R * V), hidden = a.ChunkHidden.Slice(0, R * C);
        DivideByTemperature(hidden);
        Gemm.XWt(crew, hidden, Matrix, logits, R, V, C, accumulate: false);
        if (Adapter?.Layout.Output is { } group)
        {
            lora.Forward(Adapter, group, hidden, logits, R);
        }
        Span<float> logProb = Scores(a, 0, R), entropies = entropy ? Scores(a, 2, R) : default;
        CrossEntropy.LogProb(crew, logits, a.ChunkTargets.AsSpan(0, R), V, logProb, Scores(a, 1, R), entropies);
        for (int r = 0; r < R; r++)
        {
            a.LogProb[rows[r]] = logProb[r];
            a.Entropy[rows[r]] = entropy ? entropies[r] : 0;
        }
    }

    private void BackwardChunk(
        TrainingActivations a, ReadOnlySpan<int> rows, ReadOnlySpan<float> dLogProb, ReadOnlySpan<float> dEntropy, OutputPenalties penalties, Span<float> dHidden)
    {
        int R = rows.Length;
        Span<float> logits = a.Logits.Slice(0, R * V);
        LogitGradients(a, rows, dLogProb, dEntropy, penalties, logits);
        Span<float> hidden = a.ChunkHidden.Slice(0, R * C), dChunk = a.DChunkHidden.Slice(0, R * C);
        if (MatrixGradient is { IsEmpty: false } gradient)
        {
            Gemm.XtY(crew, logits, hidden, gradient, V, C, R, accumulate: true);
        }
        Gemm.XW(crew, logits, Matrix, dChunk, R, C, V, accumulate: false);
        if (Adapter?.Layout.Output is { } group)
        {
            lora.Backward(Adapter, group, hidden, logits, dChunk, R);
        }
        DivideByTemperature(dChunk);
        for (int r = 0; r < R; r++)
        {
            dChunk.Slice(r * C, C).CopyTo(dHidden.Slice(rows[r] * C, C));
        }
    }

    /// <summary>Overwrites the chunk's logits with their gradients.</summary>
    private void LogitGradients(
        TrainingActivations a, ReadOnlySpan<int> rows, ReadOnlySpan<float> dLogProb, ReadOnlySpan<float> dEntropy, OutputPenalties penalties, Span<float> logits)
    {
        int R = rows.Length;
        Span<float> dLogProbRows = Scores(a, 3, R), dEntropyRows = Scores(a, 4, R);
        for (int r = 0; r < R; r++)
        {
            dLogProbRows[r] = dLogProb.IsEmpty ? 0 : dLogProb[rows[r]];
            dEntropyRows[r] = dEntropy.IsEmpty ? 0 : dEntropy[rows[r]];
        }
        if (penalties != default)
        {
            CrossEntropy.PenalisedBackward(crew, logits, a.ChunkTargets.AsSpan(0, R), V, Scores(a, 1, R), dLogProbRows, penalties.LabelSmoothing, penalties.ZLoss);
            return;
        }
        CrossEntropy.Backward(
            crew, logits, a.ChunkTargets.AsSpan(0, R), V, Scores(a, 1, R), dEntropy.IsEmpty ? default : Scores(a, 2, R),
            dLogProbRows, dEntropy.IsEmpty ? default : dEntropyRows, scale: 1f);
    }

    /// <summary>Dividing the hidden states divides the logits, and the gradient on its way back.</summary>
    private void DivideByTemperature(Span<float> hidden)
    {
        if (Temperature != 1f)
        {
            Vectors.Scale(crew, 1f / Temperature, hidden);
        }
    }

    private static Span<float> Scores(TrainingActivations a, int kind, int rows) => a.ChunkScores.AsSpan(kind * a.ChunkRows, rows);
}
