using MicroChat.Proofs.Canary;
using MicroChat.Training.Evaluation.Trials;

namespace MicroChat.Tests.Evaluation.Trials;

/// <summary>Whole trials in simulated towns, the judge asked after every vote; evidence/canary.md has more of them.</summary>
public sealed class TrialTownTests
{
    private const int Seeds = 30;

    private static readonly TrialTownPlan s_town = new(0, 900, 60, 700, 0.70, 0.50, 0.05);

    private static readonly TrialTownPlan s_small = s_town with { People = 25, Servers = 1, ConversationsPerDay = 60, Share = 0 };

    [Fact]
    public void A_sabotaged_candidate_is_rolled_back_before_a_tenth_of_the_conversations_saw_it()
    {
        TrialOutcome[] outcomes = Run(s_town);
        Assert.True(outcomes.Count(o => o.Verdict == TrialVerdict.RollBack && o.ExposedShare < 0.10) >= 0.95 * Seeds);
        Assert.All(outcomes, o => Assert.Contains("It is worse", o.Words, StringComparison.Ordinal));
    }

    [Fact]
    public void A_candidate_15_points_better_is_promoted() =>
        Assert.True(Run(s_town with { CanaryRate = 0.85 }).Count(o => o.Verdict == TrialVerdict.Promote) >= 0.9 * Seeds);

    [Fact]
    public void An_equal_candidate_is_hardly_ever_promoted_or_rolled_back()
    {
        TrialOutcome[] outcomes = Run(s_town with { CanaryRate = 0.70 });
        Assert.InRange(outcomes.Count(o => o.Verdict == TrialVerdict.Promote), 0, 3);          // 2.5 % of 30 and two standard errors
        Assert.InRange(outcomes.Count(o => o.Verdict == TrialVerdict.RollBack), 0, 3);
    }

    [Fact]
    public void On_a_small_server_duels_decide()
    {
        Assert.True(Run(s_small).Count(o => o.Verdict == TrialVerdict.RollBack) >= 0.7 * Seeds);
        Assert.True(Run(s_small with { CanaryRate = 0.85 }).Count(o => o.Verdict == TrialVerdict.Promote) >= 0.7 * Seeds);
        Assert.InRange(Run(s_small with { CanaryRate = 0.70 }).Count(o => o.Verdict == TrialVerdict.Promote), 0, 3);
    }

    private static TrialOutcome[] Run(TrialTownPlan plan) => [.. Enumerable.Range(1, Seeds).Select(seed => TrialTown.Run(plan with { Seed = seed }))];
}
