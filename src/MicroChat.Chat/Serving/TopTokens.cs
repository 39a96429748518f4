namespace MicroChat.Chat.Serving;

/// <summary>The most probable tokens of a row of logits.</summary>
internal static class TopTokens
{
    /// <summary>Writes the most probable tokens and their log-probabilities, the most probable first; of equals the smaller id.</summary>
    /// <param name="logits">(V), at least as many as <paramref name="top"/>; none NaN.</param>
    /// <param name="top">(K)</param>
    public static void Find(ReadOnlySpan<float> logits, Span<(int Id, float LogProbability)> top)
    {
        int found = 0;
        for (int id = 0; id < logits.Length; id++)
        {
            if (found == top.Length && !(logits[id] > top[^1].LogProbability))
            {
                continue;
            }
            int at = found < top.Length ? found++ : found - 1;
            for (; at > 0 && logits[id] > top[at - 1].LogProbability; at--)
            {
                top[at] = top[at - 1];
            }
            top[at] = (id, logits[id]);
        }
        double mass = 0, max = top[0].LogProbability;
        foreach (float logit in logits)
        {
            mass += Math.Exp(logit - max);
        }
        double logSumExp = max + Math.Log(mass);
        foreach (ref (int Id, float LogProbability) entry in top[..found])
        {
            entry.LogProbability = (float)(entry.LogProbability - logSumExp);
        }
    }
}
