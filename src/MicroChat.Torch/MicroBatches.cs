using MicroChat.Model.Decoding;

namespace MicroChat.Torch;

/// <summary>What a pass computes with.</summary>
internal sealed record PassParts(TorchBlocks Blocks, TorchRotary Rotary, TorchOutput Output);

/// <summary>
/// Runs batches, whole as long as memory lasts. When it does not, from then on a batch is cut into micro-batches of half the tokens: their scores
/// are computed without keeping anything, and computed again, one micro-batch after the other, on the way back. Gradients add up, so that the
/// mathematics stays.
/// </summary>
internal sealed class MicroBatches(DecoderConfig config, TorchPlace place, PassParts parts, DeviceTraining? learningBase, bool recompute)
{
    private int _mostTokens = int.MaxValue;
    private bool _recompute = recompute;
    private TorchPass? _pass;

    /// <summary>Called before each pass with its tokens; a test lets it run out of memory.</summary>
    public Action<int>? BeforePass { get; set; }

    /// <summary>Called when a micro-batch has given its gradients, before they count; a test lets it fail.</summary>
    public Action? BeforeCommit { get; set; }

    /// <summary>Scores a batch, and keeps its pass for <see cref="Learn(TokenBatch, TorchAdapter?, ScalarHead?, ScoreGradients)"/> where memory lasts.</summary>
    public void Score(TokenBatch batch, TorchAdapter? adapter, ScalarHead? head, ScoreTargets targets)
    {
        List<RowGroup> groups = RowGroups.Cut(batch, _mostTokens);
        for (int i = 0; i < groups.Count; i++)
        {
            try
            {
                ScoreGroup(groups[i].Batch, adapter, head, targets.Part(groups[i].From, groups[i].Batch.Tokens), keep: groups.Count == 1);
            }
            catch (Exception failure) when (TorchMemory.IsExhausted(failure))
            {
                Shrink(groups[i].Batch, failure);
                groups = RowGroups.Cut(batch, _mostTokens);
                i = -1;
            }
        }
    }

    /// <summary>Adds a batch's gradients to everything that learns.</summary>
    public void Learn(TokenBatch batch, TorchAdapter? adapter, ScalarHead? head, ScoreGradients gradients)
    {
        foreach (RowGroup group in RowGroups.Cut(batch, _pass is null ? _mostTokens : int.MaxValue))
        {
            Learn(group, adapter, head, gradients.Part(group.From, group.Batch.Tokens));
        }
    }

    /// <summary>Forgets the pass that was kept.</summary>
    public void Drop()
    {
        _pass?.Dispose();
        _pass = null;
    }

    private void ScoreGroup(TokenBatch batch, TorchAdapter? adapter, ScalarHead? head, ScoreTargets targets, bool keep)
    {
        TorchPass? pass = NewPass(batch, adapter, learning: keep);
        try
        {
            parts.Output.Score(pass.Hidden, batch, adapter, targets.LogProb, targets.Entropy);
            if (head is not null)
            {
                TorchHead.Read(pass.Hidden, head, targets.Scalar);
            }
            if (keep)
            {
                (_pass, pass) = (pass, null);
            }
        }
        finally
        {
            pass?.Dispose();
        }
    }

    /// <summary>The way back through a group, in halves where memory runs out; what a failed try had added is gone.</summary>
    private void Learn(RowGroup group, TorchAdapter? adapter, ScalarHead? head, ScoreGradients gradients)
    {
        DeviceTraining? learningAdapter = adapter is { Learns: true } ? adapter.Block.Training : null;
        try
        {
            TorchPass pass = _pass ?? NewPass(group.Batch, adapter, learning: true);
            _pass = null;
            float[]? headGradient;
            using (pass)
            {
                headGradient = Backward(pass, group.Batch, adapter, head, gradients);
            }
            BeforeCommit?.Invoke();
            learningBase?.Commit();
            learningAdapter?.Commit();
            if (headGradient is not null && head!.Training is not null)
            {
                TorchHead.Add(headGradient, head);
            }
            return;
        }
        catch (Exception failure) when (TorchMemory.IsExhausted(failure))
        {
            learningBase?.Discard();
            learningAdapter?.Discard();
            Shrink(group.Batch, failure);
        }
        if (!RowGroups.CanHalve(group.Batch))
        {
            Learn(group, adapter, head, gradients);                   // one row: its blocks are computed again from now on
            return;
        }
        (RowGroup first, RowGroup second) = RowGroups.Halve(group);
        int cut = first.Batch.Tokens;
        Learn(first, adapter, head, gradients.Part(0, cut));
        Learn(second, adapter, head, gradients.Part(cut, second.Batch.Tokens));
    }

    /// <returns>The head's gradient, for when the micro-batch is complete.</returns>
    private float[]? Backward(TorchPass pass, TokenBatch batch, TorchAdapter? adapter, ScalarHead? head, ScoreGradients gradients)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor dHidden = torch.zeros([batch.Tokens, config.Width], ScalarType.Float32, place.Device);
        if (!gradients.LogProb.IsEmpty || !gradients.Entropy.IsEmpty)
        {
            parts.Output.Learn(pass.Hidden, batch, adapter, gradients, dHidden);
        }
        float[]? headGradient = gradients.Scalar.IsEmpty ? null : TorchHead.Backward(pass.Hidden, head!, gradients.Scalar, dHidden);
        pass.Backward(dHidden);
        return headGradient;
    }

    private TorchPass NewPass(TokenBatch batch, TorchAdapter? adapter, bool learning)
    {
        BeforePass?.Invoke(batch.Tokens);
        int beyond = config.Layers + 1;
        int lowest = !learning ? beyond : learningBase is not null ? 0 : adapter is { Learns: true } ? adapter.LowestLearning : beyond;
        return new TorchPass(parts.Blocks, parts.Rotary, batch, adapter, new PassKeeps(lowest, !_recompute, learningBase is not null), config, place.Device);
    }

    /// <summary>Memory ran out: from now on micro-batches have half the tokens; a single row has its blocks computed again. When that is so already, it is over.</summary>
    private void Shrink(TokenBatch batch, Exception failure)
    {
        Drop();
        if (RowGroups.CanHalve(batch))
        {
            _mostTokens = Math.Max(1, batch.Tokens / 2);
        }
        else if (!_recompute)
        {
            _recompute = true;
        }
        else
        {
            throw new InvalidOperationException(
                $"A row of {batch.Tokens:N0} tokens does not fit into the memory of {place.Description}, even alone and with its blocks computed again. "
                + "Use shorter rows, bf16, an adapter instead of all weights, or another device.", failure);
        }
    }
}
