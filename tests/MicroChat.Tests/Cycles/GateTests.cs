using MicroChat.Cycles;
using MicroChat.Options;
using MicroChat.Proofs.Gates;
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

    public static TheoryData<string, string> SpoiledOnes => [.. SpoiledCandidates.All];

    [Theory]
    [MemberData(nameof(SpoiledOnes))]
    public void A_candidate_that_is_spoiled_on_purpose_fails_its_gate_alone(string gate, string how)
    {
        GateResult failed = Assert.Single(Ask(SpoiledCandidates.Spoil(Good(), how)), result => !result.Passed);
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

    private static CandidateObservations Good() => SpoiledCandidates.Good(seed: 3, Replies, better: 0.5);

    private static ObservedReply[] EveryFourthEndless(IReadOnlyList<ObservedReply> replies) => [.. replies.Select((reply, i) => reply with { Ended = i % 4 > 0 })];
}
