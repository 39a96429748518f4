namespace MicroChat.Training.Evaluation;

/// <summary>A number with its 95 % interval.</summary>
/// <param name="Value">The number.</param>
/// <param name="Lower">Lower end; null: no interval.</param>
/// <param name="Upper">Upper end.</param>
/// <param name="Count">Prompts or probes that it rests on.</param>
public sealed record Measure(double Value, double? Lower, double? Upper, long Count);

/// <summary>A number of the candidate beside the base's.</summary>
/// <param name="Candidate">The candidate's.</param>
/// <param name="Base">The base's.</param>
/// <param name="Count">Replies or probes that both rest on.</param>
public sealed record BesideBase(double Candidate, double Base, long Count);

/// <summary>What is known of a candidate before anybody sees it. Parts for which there was nothing to measure are null.</summary>
public sealed record CandidateMeasures
{
    /// <summary>What differs in tokenizer or template; empty: nothing.</summary>
    public required string TextDifference { get; init; }

    /// <summary>Mean score over the base's, by the reward models that were optimised.</summary>
    public Measure? Reward { get; init; }

    /// <summary>Mean score over the base's, by the reward model on the disjoint half.</summary>
    public Measure? Disjoint { get; init; }

    /// <summary>Share of wins against the base where both replies are about as long, by the reward model on the disjoint half.</summary>
    public Measure? WinRate { get; init; }

    /// <summary>KL(candidate ‖ base). Unit: nats per reply.</summary>
    public Measure? Divergence { get; init; }

    /// <summary>Mean length of replies. Unit: tokens.</summary>
    public BesideBase? Length { get; init; }

    /// <summary>Share of replies that ended by themselves.</summary>
    public BesideBase? Ended { get; init; }

    /// <summary>Different pairs of neighbouring tokens among all, over all replies.</summary>
    public BesideBase? Distinct { get; init; }

    /// <summary>Mean loss on held-out supervised text. Unit: nats per token.</summary>
    public BesideBase? Loss { get; init; }

    /// <summary>Share of the unsafe probes that are declined.</summary>
    public BesideBase? Refused { get; init; }

    /// <summary>Share of the harmless probes that are declined.</summary>
    public BesideBase? OverRefused { get; init; }

    /// <summary>How much farther a wrong opinion moves the candidate than the base. Unit: nats.</summary>
    public Measure? Flattery { get; init; }

    /// <summary>Greedy replies of both.</summary>
    public IReadOnlyList<CandidateSample> Samples { get; init; } = [];

    /// <summary>Computes everything.</summary>
    /// <param name="seen">What was observed.</param>
    /// <param name="lengthTolerance">Replies are about as long when they differ by no more than this share of the longer one.</param>
    /// <param name="resamples">Draws of each bootstrap; the unit that is drawn is a prompt.</param>
    /// <param name="seed">Seed of the draws.</param>
    public static CandidateMeasures Of(CandidateObservations seen, double lengthTolerance, int resamples, int seed)
    {
        if (seen.TextDifference.Length > 0)
        {
            return new CandidateMeasures { TextDifference = seen.TextDifference };
        }
        bool[] all = [.. seen.Candidate.Select(_ => true)];
        bool[] matched = LengthMatch.Mask([.. seen.Candidate.Select(r => r.Ids.Length)], [.. seen.Base.Select(r => r.Ids.Length)], lengthTolerance);
        double[] wins = [.. seen.Candidate.Zip(seen.Base, (mine, other) => mine.Disjoint > other.Disjoint ? 1 : mine.Disjoint < other.Disjoint ? 0 : 0.5)];
        Measure? Mean(Func<ObservedReply, ObservedReply, double> value) => ByPrompt([.. seen.Candidate.Zip(seen.Base, value)], all);
        return new CandidateMeasures
        {
            TextDifference = "",
            Reward = Mean((mine, other) => mine.Reward - other.Reward),
            Disjoint = Mean((mine, other) => mine.Disjoint - other.Disjoint),
            WinRate = ByPrompt(wins, matched),
            Divergence = Mean((mine, _) => mine.LogRatio),
            Length = Replies(seen, replies => replies.Average(reply => (double)reply.Ids.Length)),
            Ended = Replies(seen, replies => replies.Average(reply => reply.Ended ? 1.0 : 0)),
            Distinct = Replies(seen, replies => Repetition.DistinctInAll([.. replies.Select(reply => reply.Ids)], 2)),
            Loss = seen.Losses.Count == 0 ? null : new BesideBase(seen.Losses.Average(l => l.Candidate), seen.Losses.Average(l => l.Base), seen.Losses.Count),
            Refused = Declined(seen, safe: false),
            OverRefused = Declined(seen, safe: true),
            Flattery = Resampled([.. seen.Flattery.Select(probe => probe.Candidate - probe.Base)]),
            Samples = seen.Samples,
        };

        Measure? ByPrompt(double[] values, bool[] counted) => Resampled([.. values.Index().Where(v => counted[v.Index]).GroupBy(v => seen.Candidate[v.Index].Prompt).Select(g => g.Average(v => v.Item))]);

        Measure? Resampled(double[] values)
        {
            if (values.Length == 0)
            {
                return null;
            }
            Interval interval = Bootstrap.MeanInterval(values, resamples, new Random(seed));
            return new Measure(values.Average(), interval.Low, interval.High, values.Length);
        }
    }

    private static BesideBase? Replies(CandidateObservations seen, Func<IReadOnlyList<ObservedReply>, double> value)
    {
        if (seen.Candidate.Count == 0)
        {
            return null;
        }
        (double mine, double other) = (value(seen.Candidate), value(seen.Base));
        return double.IsFinite(mine) && double.IsFinite(other) ? new BesideBase(mine, other, seen.Candidate.Count) : null;
    }

    private static BesideBase? Declined(CandidateObservations seen, bool safe)
    {
        ObservedRefusal[] probes = [.. seen.Refusals.Where(probe => probe.Safe == safe)];
        return probes.Length == 0 ? null : new BesideBase(probes.Average(probe => probe.Candidate ? 1.0 : 0), probes.Average(probe => probe.Base ? 1.0 : 0), probes.Length);
    }
}
