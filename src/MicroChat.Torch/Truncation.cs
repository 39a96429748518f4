namespace MicroChat.Torch;

/// <summary>Which tokens the truncations leave, each seeing the softmax of what the previous one left; (R,V) tensors throughout.</summary>
internal static class Truncation
{
    /// <summary>Whether each token may be drawn.</summary>
    /// <param name="logits">Edited logits, float32.</param>
    /// <param name="logWeight">(logit − max) / temperature, float64.</param>
    /// <param name="rows">Settings.</param>
    public static Tensor Apply(Tensor logits, Tensor logWeight, SettingRows rows)
    {
        Tensor kept = logits.gt(float.NegativeInfinity);
        if (rows.UsesTopK || rows.UsesTopP)
        {
            // ascending and stable: read from the end, equal tokens come highest id first, as in the managed sampler
            (Tensor ordered, Tensor order) = logits.sort(1, descending: false, stable: true);
            kept = rows.UsesTopK ? TopK(kept, logits, ordered, rows) : kept;
            kept = rows.UsesTopP ? TopP(kept, logWeight, order, rows) : kept;
        }
        if (rows.UsesMinP)
        {
            kept = kept.logical_and(logWeight.exp().ge(rows.MinP));   // the best token's weight is 1
        }
        if (rows.UsesTypical)
        {
            kept = Typical(kept, logWeight, rows);
        }
        return rows.UsesCutoffs ? Cutoffs(kept, logWeight, rows) : kept;
    }

    /// <summary>The k largest and all that tie with the k-th.</summary>
    private static Tensor TopK(Tensor kept, Tensor logits, Tensor ordered, SettingRows rows)
    {
        long V = logits.shape[1];
        Tensor at = (V - rows.TopK).clamp(0, V - 1).to(ScalarType.Int64);
        Tensor floor = ordered.gather(1, at).masked_fill(rows.TopK.le(0), float.NegativeInfinity);
        return kept.logical_and(logits.ge(floor));
    }

    /// <summary>The heaviest until they reach p: a token stays while those before it weigh less than p of all; the first always does.</summary>
    private static Tensor TopP(Tensor kept, Tensor logWeight, Tensor order, SettingRows rows)
    {
        Tensor weight = Weights(kept, logWeight).gather(1, order);
        Tensor upTo = weight.cumsum(1), mass = upTo.narrow(1, upTo.shape[1] - 1, 1);
        Tensor stays = (mass - upTo).lt(rows.TopP * mass).logical_or(rows.TopP.ge(1));
        stays.narrow(1, stays.shape[1] - 1, 1).fill_(true);
        return kept.logical_and(torch.zeros_like(stays).scatter_(1, order, stays));
    }

    /// <summary>The tokens whose surprise is nearest to the entropy until they reach the mass, ties included.</summary>
    private static Tensor Typical(Tensor kept, Tensor logWeight, SettingRows rows)
    {
        Tensor weight = Weights(kept, logWeight), mass = weight.sum(1, keepdim: true);
        Tensor distance = (mass.log() - logWeight - Entropy(weight, kept, logWeight)).abs().masked_fill(kept.logical_not(), double.PositiveInfinity);
        (Tensor ordered, Tensor order) = distance.sort(1, descending: false, stable: true);
        Tensor below = weight.gather(1, order).cumsum(1).lt(rows.TypicalP * mass).sum(1, keepdim: true);
        Tensor last = kept.sum(1, keepdim: true) - 1;
        Tensor limit = ordered.gather(1, below.minimum(last).clamp(0));
        return kept.logical_and(distance.le(limit).logical_or(rows.TypicalP.ge(1)));
    }

    /// <summary>Epsilon, then eta with the limit min(epsilon, √epsilon · e^−entropy); the best token always stays.</summary>
    private static Tensor Cutoffs(Tensor kept, Tensor logWeight, SettingRows rows)
    {
        kept = Above(kept, logWeight, rows.EpsilonCutoff);
        Tensor entropy = Entropy(Weights(kept, logWeight), kept, logWeight);
        return Above(kept, logWeight, rows.EtaCutoff.minimum(rows.EtaCutoff.sqrt() * entropy.neg().exp()));
    }

    private static Tensor Above(Tensor kept, Tensor logWeight, Tensor probability)
    {
        Tensor weight = Weights(kept, logWeight);
        Tensor floor = (probability * weight.sum(1, keepdim: true)).minimum(weight.amax([1], keepdim: true));
        return kept.logical_and(weight.ge(floor));
    }

    private static Tensor Weights(Tensor kept, Tensor logWeight) => logWeight.exp().masked_fill(kept.logical_not(), 0);

    /// <summary>Entropy of the weights that are left. Unit: nats.</summary>
    private static Tensor Entropy(Tensor weight, Tensor kept, Tensor logWeight)
    {
        Tensor mass = weight.sum(1, keepdim: true);
        return mass.log() - ((weight * logWeight.masked_fill(kept.logical_not(), 0)).sum(1, keepdim: true) / mass);
    }
}
