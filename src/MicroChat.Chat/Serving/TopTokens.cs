using MicroChat.Model.Decoding;

namespace MicroChat.Chat.Serving;

/// <summary>The most probable tokens of a decoder's rows; its memory is made once, when it is first asked.</summary>
internal sealed class TopTokens(IDecoder decoder)
{
    private readonly (int Id, float LogProbability)[] _top = new (int, float)[ReplyRequest.MostTopLogProbabilities];
    private float[] _logits = [];

    /// <summary>The most probable tokens after a sequence of the last step; valid until the next call. Before the token is drawn.</summary>
    public ReadOnlySpan<(int Id, float LogProbability)> Of(int sequence, int count)
    {
        if (count == 0)
        {
            return default;
        }
        if (_logits.Length == 0)
        {
            _logits = new float[decoder.Config.VocabularySize];
        }
        decoder.ReadLogits(sequence, _logits);
        Find(_logits, _top.AsSpan(0, count));
        return _top.AsSpan(0, count);
    }

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
