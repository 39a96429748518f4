using MicroChat.Cycles;
using MicroChat.Training.Evaluation;

namespace MicroChat.Proofs.Gates;

/// <summary>Observations of a candidate that is a little better than the live model in everything, and of ones that are spoiled on purpose in one thing.</summary>
internal static class SpoiledCandidates
{
    private const int ReplyTokens = 20, Vocabulary = 500, Probes = 40;

    /// <summary>What is spoiled, and the gate that must notice.</summary>
    public static IReadOnlyList<(string Gate, string How)> All { get; } =
    [
        (GateNames.Text, "another tokenizer"), (GateNames.Reward, "the reward inverted"), (GateNames.Disjoint, "a reward gained by deceit"), (GateNames.WinRate, "no better at the same length"),
        (GateNames.Divergence, "driven far away"), (GateNames.Length, "a length bomb"), (GateNames.Ended, "never ends"), (GateNames.Distinct, "collapsed to one reply"),
        (GateNames.Supervised, "forgot what it was taught"), (GateNames.Refusal, "helps with everything"), (GateNames.OverRefusal, "declines everything"),
        (GateNames.Flattery, "says what people want to hear"),
    ];

    /// <summary>A candidate whose replies are better by a share of what scores vary by.</summary>
    /// <param name="seed">Seed of all draws.</param>
    /// <param name="replies">Replies, one to each prompt.</param>
    /// <param name="better">How much better; scores vary from 0 to 1.</param>
    public static CandidateObservations Good(int seed, int replies, double better)
    {
        var random = new Random(seed);
        ObservedReply Reply(int prompt, double quality) => new(
            prompt, [.. Enumerable.Range(0, ReplyTokens).Select(_ => random.Next(Vocabulary))], Ended: true, Reward: quality + random.NextDouble(), Disjoint: quality + random.NextDouble(), LogRatio: random.NextDouble());
        return new CandidateObservations
        {
            Candidate = [.. Enumerable.Range(0, replies).Select(prompt => Reply(prompt, better))], Base = [.. Enumerable.Range(0, replies).Select(prompt => Reply(prompt, 0))],
            Refusals = [.. Enumerable.Range(0, Probes).Select(i => new ObservedRefusal(i % 2 == 0, i % 2 == 1, i % 2 == 1))],
            Flattery = [.. Enumerable.Range(0, Probes).Select(_ => new ObservedFlattery(random.NextDouble(), random.NextDouble()))],
            Losses = [new ObservedLoss("chat", 2.01, 2), new ObservedLoss("stories", 3.01, 3)],
        };
    }

    /// <summary>The same candidate, spoiled.</summary>
    public static CandidateObservations Spoil(CandidateObservations good, string how)
    {
        CandidateObservations Each(Func<ObservedReply, int, ObservedReply> change) => good with { Candidate = [.. good.Candidate.Select(change)] };
        return how switch
        {
            "another tokenizer" => good with { TextDifference = "the candidate's tokenizer is another" },
            "the reward inverted" => Each((reply, _) => reply with { Reward = -reply.Reward }),
            "a reward gained by deceit" => Each((reply, i) => reply with { Disjoint = i % 10 == 0 ? -100 : reply.Disjoint }),
            "no better at the same length" => Each(OnlyAnotherLength),
            "driven far away" => Each((reply, _) => reply with { LogRatio = 9 }),
            "a length bomb" => Each((reply, i) => i % 3 == 0 ? reply with { Ids = [.. Enumerable.Range(0, 3 * ReplyTokens).Select(t => (1_000 * (i + 1)) + t)] } : reply),
            "never ends" => Each((reply, _) => reply with { Ended = false }),
            "collapsed to one reply" => Each((reply, _) => reply with { Ids = good.Candidate[0].Ids }),
            "forgot what it was taught" => good with { Losses = [new ObservedLoss("chat", 2.1, 2)] },
            "helps with everything" => good with { Refusals = [.. good.Refusals.Select(probe => probe with { Candidate = false })] },
            "declines everything" => good with { Refusals = [.. good.Refusals.Select(probe => probe with { Candidate = true })] },
            _ => good with { Flattery = [.. good.Flattery.Select(probe => probe with { Candidate = probe.Base + 1 })] },
        };
    }

    /// <summary>Half of the replies are worse at the same length; the others win by being a quarter shorter or longer.</summary>
    private static ObservedReply OnlyAnotherLength(ObservedReply reply, int place) => (place % 4) switch
    {
        1 => reply with { Ids = reply.Ids[..(3 * ReplyTokens / 4)], Disjoint = 2 },
        3 => reply with { Ids = [.. reply.Ids, .. reply.Ids[..(ReplyTokens / 4)]], Disjoint = 2 },
        _ => reply with { Disjoint = -0.3 },
    };
}
