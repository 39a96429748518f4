using MicroChat.Model.Sampling;
using MicroChat.Training.Objectives;

namespace MicroChat.Training.Rollouts;

/// <summary>How replies are sampled while a policy learns from them.</summary>
public sealed record RolloutOptions
{
    /// <summary>Sampling of replies. Only the temperature and the longest reply may be chosen: everything else changes the distribution but not the log-probabilities in training.</summary>
    public SamplingOptions Sampling { get; init; } = new() { Temperature = 1, TopP = 1, MaxReplyTokens = 64 };

    /// <summary>Replies in work at once: each holds a cache. Unit: replies.</summary>
    public int Sequences { get; init; } = 16;

    /// <summary>Seed of all draws; a reply depends on it, on its number and on the policy, and not on what else is in work.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>Everything that is wrong, one sentence each; empty when nothing is.</summary>
    public IReadOnlyList<string> Validate()
    {
        SamplingOptions s = Sampling;
        var faults = new OptionFaults()
            .Check(s.Temperature > 0, "temperature", s.Temperature, "above 0: the most probable token alone is no sample to learn from")
            .Check(s.MaxReplyTokens >= 1, "longest reply", s.MaxReplyTokens, "at least 1 token").Check(Sequences >= 1, "replies at once", Sequences, "at least 1");
        Off(faults, s.TopK == 0, "top-k", s.TopK);
        Off(faults, s.TopP == 1, "top-p", s.TopP);
        Off(faults, s.MinP == 0, "min-p", s.MinP);
        Off(faults, s.TypicalP == 1, "typical-p", s.TypicalP);
        Off(faults, s.EpsilonCutoff == 0 && s.EtaCutoff == 0, "epsilon or eta cutoff", Math.Max(s.EpsilonCutoff, s.EtaCutoff));
        Off(faults, s.RepetitionPenalty == 1, "repetition penalty", s.RepetitionPenalty);
        Off(faults, s.FrequencyPenalty == 0 && s.PresencePenalty == 0, "frequency or presence penalty", s.FrequencyPenalty + s.PresencePenalty);
        Off(faults, s.NoRepeatNgram == 0, "no-repeat n-gram", s.NoRepeatNgram);
        Off(faults, s.LogitBias.Count == 0 && s.SuppressedTokens.Count == 0, "biased or suppressed tokens", s.LogitBias.Count + s.SuppressedTokens.Count);
        Off(faults, s.Stop.Count == 0, "stop strings", s.Stop.Count);
        return faults.All;
    }

    private static void Off(OptionFaults faults, bool holds, string name, object value) =>
        faults.Check(holds, name, value, "off: replies must be drawn from the distribution whose log-probabilities are trained");
}
