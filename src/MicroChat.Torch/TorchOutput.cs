using MicroChat.Model.Decoding;

namespace MicroChat.Torch;

/// <summary>
/// From hidden states to per-token scores and back. Rows of the V-sized output are made in chunks, only for positions with a target, and are
/// gone when their scores or gradients are computed: nothing of size T·V ever exists.
/// </summary>
internal sealed class TorchOutput(TorchBlocks blocks, int vocabularySize, torch.Device device)
{
    /// <summary>Numbers of the logits that exist at once. Unit: elements.</summary>
    private const int ChunkNumbers = 32 << 20;

    /// <summary>Divides the logits, forward and backward.</summary>
    public float Temperature { get; set; } = 1f;

    /// <summary>What <see cref="Learn"/> adds to −log p where it is asked to.</summary>
    public OutputPenalties Penalties { get; set; }

    private int ChunkRows => Math.Max(64, ChunkNumbers / vocabularySize);

    /// <summary>log p(target) and, where wanted, entropies of a pass.</summary>
    /// <param name="hidden">(T,C)</param>
    /// <param name="batch">Its targets.</param>
    /// <param name="adapter">The adapter that is on, or null.</param>
    /// <param name="logProb">(T)</param>
    /// <param name="entropy">(T) or empty.</param>
    public void Score(Tensor hidden, TokenBatch batch, TorchAdapter? adapter, Span<float> logProb, Span<float> entropy)
    {
        int[] active = Active(batch);
        logProb.Clear();
        entropy.Clear();
        if (active.Length == 0)
        {
            return;
        }
        using DisposeScope scope = torch.NewDisposeScope();
        using IDisposable plain = torch.no_grad();
        var logProbs = new List<Tensor>();
        var entropies = new List<Tensor>();
        foreach (int[] rows in active.Chunk(ChunkRows))
        {
            using DisposeScope chunk = torch.NewDisposeScope();
            ChunkScores scores = ScoreChunk(hidden.index_select(0, Tensors.Indices(rows, device)), rows, batch, adapter, !entropy.IsEmpty);
            logProbs.Add(scores.LogProb.MoveToOuterDisposeScope());
            if (scores.Entropy is not null)
            {
                entropies.Add(scores.Entropy.MoveToOuterDisposeScope());
            }
        }
        Scatter(logProbs, active, logProb);
        if (!entropy.IsEmpty)
        {
            Scatter(entropies, active, entropy);
        }
    }

    /// <summary>Adds the gradients that dL/dlogp and dL/dentropy give to the output matrix, the adapter's part of it, and the hidden states.</summary>
    /// <param name="hidden">(T,C)</param>
    /// <param name="batch">Its targets.</param>
    /// <param name="adapter">The adapter of the pass, or null.</param>
    /// <param name="gradients">Of the scores; its own scores receive log p(target) as a by-product.</param>
    /// <param name="dHidden">(T,C) float32, added to.</param>
    public void Learn(Tensor hidden, TokenBatch batch, TorchAdapter? adapter, ScoreGradients gradients, Tensor dHidden)
    {
        int[] active = Active(batch);
        gradients.Scores.Clear();
        foreach (int[] rows in active.Chunk(ChunkRows))
        {
            using DisposeScope scope = torch.NewDisposeScope();
            Tensor index = Tensors.Indices(rows, device), h = hidden.index_select(0, index).detach();
            h.requires_grad = true;
            ChunkScores scores = ScoreChunk(h, rows, batch, adapter, !gradients.Entropy.IsEmpty);
            Tensor objective = torch.zeros([], ScalarType.Float32, device);
            if (!gradients.LogProb.IsEmpty)
            {
                objective += (Objective(scores, gradients.Penalised) * Pick(gradients.LogProb, rows)).sum();
            }
            if (scores.Entropy is not null)
            {
                objective += (scores.Entropy * Pick(gradients.Entropy, rows)).sum();
            }
            objective.backward();
            using IDisposable plain = torch.no_grad();
            dHidden.index_add_(0, index, h.grad!.to(ScalarType.Float32), 1);
            if (!gradients.Scores.IsEmpty)
            {
                Scatter([scores.LogProb], rows, gradients.Scores);
            }
        }
    }

    private static int[] Active(TokenBatch batch) => [.. Enumerable.Range(0, batch.Tokens).Where(t => batch.Targets[t] != TokenBatch.NoTarget)];

    /// <summary>What dL/dlogp is multiplied by: log p(target), with label smoothing and z-loss where they hold.</summary>
    private Tensor Objective(ChunkScores scores, bool penalised)
    {
        if (!penalised || Penalties == default)
        {
            return scores.LogProb;
        }
        Tensor everywhere = scores.Logits.mean([1]) - scores.LogSumExp;
        return (scores.LogProb * (1 - Penalties.LabelSmoothing)) + (everywhere * Penalties.LabelSmoothing) - (scores.LogSumExp * scores.LogSumExp * Penalties.ZLoss);
    }

    private ChunkScores ScoreChunk(Tensor hidden, int[] rows, TokenBatch batch, TorchAdapter? adapter, bool entropy)
    {
        AdapterRun[] adapters = adapter is null ? [] : [new AdapterRun(adapter, 0, rows.Length)];
        Tensor logits = blocks.Logits(Temperature == 1 ? hidden : hidden / Temperature, adapters);   // (R,V)
        Tensor targets = Tensors.Indices([.. rows.Select(row => batch.Targets[row])], device);
        Tensor logSumExp = logits.logsumexp(1);
        Tensor logProb = logits.gather(1, targets.unsqueeze(1)).squeeze(1) - logSumExp;
        Tensor? spread = entropy ? logSumExp - ((logits - logSumExp.unsqueeze(1)).exp() * logits).sum(1) : null;
        return new ChunkScores(logits, logSumExp, logProb, spread);
    }

    private Tensor Pick(ReadOnlySpan<float> values, int[] rows)
    {
        float[] picked = new float[rows.Length];
        for (int r = 0; r < rows.Length; r++)
        {
            picked[r] = values[rows[r]];
        }
        return torch.tensor(picked, device: device);
    }

    private static void Scatter(List<Tensor> chunks, int[] rows, Span<float> target)
    {
        float[] values = new float[rows.Length];
        using Tensor all = torch.cat(chunks.ToArray());
        Tensors.Download(all, values);
        for (int r = 0; r < rows.Length; r++)
        {
            target[rows[r]] = values[r];
        }
    }

    /// <summary>(R,V) logits and (R) scores of a chunk.</summary>
    private sealed record ChunkScores(Tensor Logits, Tensor LogSumExp, Tensor LogProb, Tensor? Entropy);
}
