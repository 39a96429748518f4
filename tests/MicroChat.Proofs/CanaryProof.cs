using MicroChat.Proofs.Canary;
using MicroChat.Training.Evaluation;
using MicroChat.Training.Evaluation.Trials;

namespace MicroChat.Proofs;

/// <summary>With the gates switched off, the canary catches a sabotaged candidate before 10 % of the conversations saw it; and how often trials of good and equal ones end how.</summary>
internal static class CanaryProof
{
    private const int Seeds = 200;
    private const double MostExposed = 0.10, CaughtBar = 0.95, Alpha = 0.05;

    /// <summary>Writes the page.</summary>
    /// <returns>0 when all bars are met.</returns>
    public static int Run(TextWriter output, TextWriter progress)
    {
        var page = new Markdown(output);
        page.Begin("A bad candidate is caught by the canary", "canary", "canary.md",
            "The route (`TrialRoute`, 5 % of the conversations by hash, never more than 8 %) and the judge (`TrialJudge`) of the host, no gates before them, and people drawn at random: 900 people of different severity (a standard deviation of .8 nats), 5 % of whom vote the wrong way round, 700 conversations a day of 1 to 4 replies, 30 % of them voted on; longer replies please more.",
            "The judge is asked after every vote on the candidate, for 14 days at most; a promotion needs 2 days, a roll-back none. The up-rate of the live generation is 70 %.",
            "Caught: rolled back before 10 % of all conversations so far saw the candidate. By server: whole servers are drawn; the largest has 7 % of the people. Duels: a small server of 25 people, 60 conversations a day, in 20 % of them both generations answer, blinded, and people choose.",
            $"The bars: the sabotaged candidate, 20 points below, is caught in at least {CaughtBar:P0} of {Seeds} towns, and so it is at twice the length; one that is equal is promoted in at most {Alpha / 2:P1} (half of α = {Alpha}, plus twice its standard error) and rolled back in at most as many. One 15 points better is promoted in at least 90 %; by duels on a small server 80 % come to the right verdict, and the sabotaged one is never promoted. Without a verdict a candidate is retired.");
        page.Head("trial", "candidate's up-rate", "promoted", "rolled back", "no verdict", "caught", "conversations until the verdict (median, 95th percentile)", "greatest share that saw it", "votes or duels (median)");
        bool passed = true;
        foreach ((string name, TrialTownPlan plan, Func<TrialOutcome[], bool> holds) in Trials())
        {
            TrialOutcome[] outcomes = [.. Enumerable.Range(1, Seeds).Select(seed => TrialTown.Run(plan with { Seed = seed }))];
            Row(page, name, plan, outcomes);
            passed &= holds(outcomes);
            progress.WriteLine($"{name} {plan.CanaryRate:0.00}: {(holds(outcomes) ? "holds" : "FAILS")}");
        }
        page.Text(passed ? "All bars are met." : "Not all bars are met.");
        return passed ? 0 : 1;
    }

    private static IEnumerable<(string Name, TrialTownPlan Plan, Func<TrialOutcome[], bool> Holds)> Trials()
    {
        var town = new TrialTownPlan(0, 900, 60, 700, 0.70, 0.50, 0.05);
        TrialTownPlan small = town with { People = 25, Servers = 1, ConversationsPerDay = 60, Share = 0 };
        yield return ("share, sabotaged", town, Caught);
        yield return ("share, sabotaged, replies twice as long", town with { CanaryLength = 2 }, Caught);
        yield return ("share of 200 uneven servers, sabotaged", town with { Servers = 200, ByServer = true }, Caught);
        yield return ("share, equal", town with { CanaryRate = 0.70 }, Equal);
        yield return ("share, 15 points better", town with { CanaryRate = 0.85 }, outcomes => Share(outcomes, TrialVerdict.Promote) >= 0.9);
        yield return ("duels, sabotaged", small, outcomes => Share(outcomes, TrialVerdict.RollBack) >= 0.8 && Share(outcomes, TrialVerdict.Promote) == 0);
        yield return ("duels, equal", small with { CanaryRate = 0.70 }, Equal);
        yield return ("duels, 15 points better", small with { CanaryRate = 0.85 }, outcomes => Share(outcomes, TrialVerdict.Promote) >= 0.8);
    }

    private static bool Caught(TrialOutcome[] outcomes) => outcomes.Count(IsCaught) >= CaughtBar * outcomes.Length;

    private static bool IsCaught(TrialOutcome outcome) => outcome.Verdict == TrialVerdict.RollBack && outcome.ExposedShare < MostExposed;

    private static bool Equal(TrialOutcome[] outcomes)
    {
        double bar = (Alpha / 2) + (2 * Math.Sqrt(Alpha / 2 * (1 - (Alpha / 2)) / outcomes.Length));
        return Share(outcomes, TrialVerdict.Promote) <= bar && Share(outcomes, TrialVerdict.RollBack) <= bar;
    }

    private static double Share(TrialOutcome[] outcomes, TrialVerdict verdict) => outcomes.Count(outcome => outcome.Verdict == verdict) / (double)outcomes.Length;

    private static void Row(Markdown page, string name, TrialTownPlan plan, TrialOutcome[] outcomes)
    {
        long[] lengths = [.. outcomes.Select(outcome => outcome.Conversations).Order()], votes = [.. outcomes.Select(outcome => outcome.Votes).Order()];
        page.Row(
            name, Markdown.Number(plan.CanaryRate, 2), Of(TrialVerdict.Promote), Of(TrialVerdict.RollBack), Of(TrialVerdict.Expire), plan.Share > 0 ? $"{outcomes.Count(IsCaught)}" : "–",
            $"{lengths[lengths.Length / 2]}, {lengths[lengths.Length * 95 / 100]}", plan.Share > 0 ? Markdown.Number(outcomes.Max(outcome => outcome.ExposedShare), 3) : "–", $"{votes[votes.Length / 2]}");

        string Of(TrialVerdict verdict) => new Proportion(outcomes.Count(outcome => outcome.Verdict == verdict), outcomes.Length) is var share ? $"{share.Successes:0} ({100 * share.Wilson.Low:0.0}–{100 * share.Wilson.High:0.0} %)" : "";
    }
}
