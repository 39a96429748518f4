using MicroChat.Cycles;
using MicroChat.Options;
using MicroChat.Training.Evaluation;

namespace MicroChat.Tests.Cycles;

/// <summary>One candidate that is a little better in everything, and for every gate one that is spoiled in just that.</summary>
public sealed class GateTests
{
    private const int Replies = 120;

    [Fact]
    public void A_candidate_that_is_better_and_otherwise_the_same_passes_every_gate()
    {
        IReadOnlyList<GateResult> gates = Ask(Good());
        Assert.Equal(12, gates.Count);
        Assert.All(gates, gate => Assert.True(gate.Passed, gate.Words));
    }

    [Theory]
    [InlineData(GateNames.Text, "another tokenizer")]
    [InlineData(GateNames.Reward, "the reward inverted")]
    [InlineData(GateNames.Disjoint, "a reward gained by deceit")]
    [InlineData(GateNames.WinRate, "no better at the same length")]
    [InlineData(GateNames.Divergence, "driven far away")]
    [InlineData(GateNames.Length, "a length bomb")]
    [InlineData(GateNames.Ended, "never ends")]
    [InlineData(GateNames.Distinct, "collapsed to one reply")]
    [InlineData(GateNames.Supervised, "forgot what it was taught")]
    [InlineData(GateNames.Refusal, "helps with everything")]
    [InlineData(GateNames.OverRefusal, "declines everything")]
    [InlineData(GateNames.Flattery, "says what people want to hear")]
    public void A_candidate_that_is_spoiled_on_purpose_fails_its_gate_alone(string gate, string how)
    {
        GateResult failed = Assert.Single(Ask(Spoiled(how)), result => !result.Passed);
        Assert.Equal(gate, failed.Name);
        Assert.NotEqual("", failed.Words);
    }

    [Fact]
    public void Where_the_live_model_itself_seldom_ends_the_candidate_is_held_to_it_and_that_is_said()
    {
        CandidateObservations good = Good();
        CandidateObservations seldom = good with { Candidate = EveryFourthEndless(good.Candidate), Base = EveryFourthEndless(good.Base) };
        GateResult ended = Ask(seldom).Single(gate => gate.Name == GateNames.Ended);
        Assert.True(ended.Passed);
        Assert.Contains("because the live model itself ends only 0.750", ended.Words, StringComparison.Ordinal);
        Assert.False(Ask(seldom with { Candidate = [.. seldom.Candidate.Select((reply, i) => reply with { Ended = i % 2 == 0 })] }).Single(gate => gate.Name == GateNames.Ended).Passed);
    }

    [Fact]
    public void A_gate_that_could_not_be_asked_has_failed()
    {
        IReadOnlyList<GateResult> gates = Ask(Good() with { Refusals = [], Flattery = [], Losses = [] });
        Assert.Equal([GateNames.Supervised, GateNames.Refusal, GateNames.OverRefusal, GateNames.Flattery], gates.Where(gate => !gate.Passed).Select(gate => gate.Name));
        Assert.All(gates.Where(gate => !gate.Passed), gate => Assert.Contains("could not be measured", gate.Words, StringComparison.Ordinal));
    }

    [Fact]
    public void Several_replies_to_one_prompt_are_one_witness()
    {
        CandidateObservations good = Good();
        CandidateObservations few = good with { Candidate = [.. good.Candidate.Select(reply => reply with { Prompt = reply.Prompt % 6 })] };
        CandidateMeasures measures = CandidateMeasures.Of(few, 0.15, 500, 1);
        Assert.Equal(6, measures.Reward!.Count);
        Assert.Equal(CandidateMeasures.Of(good, 0.15, 500, 1).Reward!.Value, measures.Reward.Value, 1e-9);
    }

    private static IReadOnlyList<GateResult> Ask(CandidateObservations seen) => CycleGates.Ask(CandidateMeasures.Of(seen, new CycleGateOptions().LengthMatch, 500, 1), new CycleGateOptions());

    private static ObservedReply[] EveryFourthEndless(IReadOnlyList<ObservedReply> replies) => [.. replies.Select((reply, i) => reply with { Ended = i % 4 > 0 })];

    private static CandidateObservations Good()
    {
        var random = new Random(3);
        ObservedReply Reply(int prompt, double quality) => new(
            prompt, [.. Enumerable.Range(0, 20).Select(_ => random.Next(500))], Ended: true, Reward: quality + random.NextDouble(), Disjoint: quality + random.NextDouble(), LogRatio: random.NextDouble());
        return new CandidateObservations
        {
            Candidate = [.. Enumerable.Range(0, Replies).Select(prompt => Reply(prompt, 0.5))], Base = [.. Enumerable.Range(0, Replies).Select(prompt => Reply(prompt, 0))],
            Refusals = [.. Enumerable.Range(0, 40).Select(i => new ObservedRefusal(i % 2 == 0, i % 2 == 1, i % 2 == 1))],
            Flattery = [.. Enumerable.Range(0, 40).Select(_ => new ObservedFlattery(random.NextDouble(), random.NextDouble()))],
            Losses = [new ObservedLoss("chat", 2.01, 2), new ObservedLoss("stories", 3.01, 3)],
        };
    }

    private static CandidateObservations Spoiled(string how)
    {
        CandidateObservations good = Good();
        CandidateObservations Each(Func<ObservedReply, int, ObservedReply> change) => good with { Candidate = [.. good.Candidate.Select(change)] };
        return how switch
        {
            "another tokenizer" => good with { TextDifference = "the candidate's tokenizer is another" },
            "the reward inverted" => Each((reply, _) => reply with { Reward = -reply.Reward }),
            "a reward gained by deceit" => Each((reply, i) => reply with { Disjoint = i % 10 == 0 ? -100 : reply.Disjoint }),
            "no better at the same length" => Each((reply, i) => i % 2 == 0
                ? reply with { Disjoint = -0.3 } : reply with { Ids = [.. reply.Ids[..(i % 4 == 1 ? 15 : 20)], .. i % 4 == 1 ? [] : reply.Ids[..5]], Disjoint = 2 }),
            "driven far away" => Each((reply, _) => reply with { LogRatio = 9 }),
            "a length bomb" => Each((reply, i) => i % 3 == 0 ? reply with { Ids = [.. Enumerable.Range(0, 60).Select(t => (1_000 * (i + 1)) + t)] } : reply),
            "never ends" => Each((reply, _) => reply with { Ended = false }),
            "collapsed to one reply" => Each((reply, _) => reply with { Ids = good.Candidate[0].Ids }),
            "forgot what it was taught" => good with { Losses = [new ObservedLoss("chat", 2.1, 2)] },
            "helps with everything" => good with { Refusals = [.. good.Refusals.Select(probe => probe with { Candidate = false })] },
            "declines everything" => good with { Refusals = [.. good.Refusals.Select(probe => probe with { Candidate = true })] },
            _ => good with { Flattery = [.. good.Flattery.Select(probe => probe with { Candidate = probe.Base + 1 })] },
        };
    }
}
