using MicroChat.Cycles;
using MicroChat.Options;
using MicroChat.Proofs.Gates;
using MicroChat.Training.Evaluation;

namespace MicroChat.Proofs;

/// <summary>A candidate that is spoiled on purpose is caught by the gate that is meant for it, and one that is better passes.</summary>
internal static class GatesProof
{
    private const int Seeds = 200, Replies = 300, Resamples = 500;
    private const double Better = 0.5, PassBar = 0.95, FalseBar = 0.05;

    /// <summary>Writes the page.</summary>
    /// <returns>0 when all bars are met.</returns>
    public static int Run(TextWriter output, TextWriter progress)
    {
        var page = new Markdown(output);
        page.Begin("A bad candidate is caught by a gate", "gates", "gates.md",
            $"What a cycle observes of a candidate and of the live model is drawn at random ({Replies} held-out prompts, replies of 20 tokens, scores that vary by 1, 40 safety probes, 40 probes of flattery, two held-out texts), then measured and judged by the code and the default thresholds of `train cycle`.",
            $"The good candidate scores {Better} more. Each other one is the good one, spoiled in one thing; the equal one is no better than the live model in anything.",
            $"The bars, each over {Seeds} seeds: every spoiled candidate is caught in all of them, and by its own gate alone; the good one passes in at least {PassBar:P0}; the equal one in at most {FalseBar:P0}.");
        page.Head("candidate", "its gate", "caught", "by its own gate alone", "became a candidate");
        bool passed = true;
        foreach ((string gate, string how) in SpoiledCandidates.All)
        {
            IReadOnlyList<GateResult>[] asked = [.. Enumerable.Range(1, Seeds).Select(seed => Ask(SpoiledCandidates.Spoil(SpoiledCandidates.Good(seed, Replies, Better), how), seed))];
            int caught = asked.Count(gates => gates.Any(result => !result.Passed)), alone = asked.Count(gates => gates.Where(result => !result.Passed).Select(result => result.Name).SequenceEqual([gate]));
            page.Row(how, gate, $"{caught}", $"{alone}", $"{Seeds - caught}");
            passed &= caught == Seeds && alone == Seeds;
            progress.WriteLine($"{how}: caught {caught}, alone {alone} of {Seeds}");
        }
        foreach ((string name, double better, Func<double, bool> holds) in ((string, double, Func<double, bool>)[])
            [("good", Better, share => share >= PassBar), ("better by less", 0.1, _ => true), ("equal", 0, share => share <= FalseBar)])
        {
            int through = Enumerable.Range(1, Seeds).Count(seed => Ask(SpoiledCandidates.Good(seed, Replies, better), seed).All(result => result.Passed));
            page.Row($"{name} ({Markdown.Number(better, 1)})", "–", $"{Seeds - through}", "–", $"{through}");
            passed &= holds((double)through / Seeds);
            progress.WriteLine($"{name}: {through} of {Seeds} pass");
        }
        page.Text(passed ? "All bars are met." : "Not all bars are met.");
        return passed ? 0 : 1;
    }

    private static IReadOnlyList<GateResult> Ask(CandidateObservations seen, int seed)
    {
        var limits = new CycleGateOptions();
        return CycleGates.Ask(CandidateMeasures.Of(seen, limits.LengthMatch, Resamples, seed), limits);
    }
}
