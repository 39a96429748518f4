using MicroChat.Proofs.OverOptimisation;
using MicroChat.Training.Reports;

namespace MicroChat.Proofs;

/// <summary>The over-optimisation of reward models in miniature, exactly: proxy and gold by distance from the reference, and the laws they follow.</summary>
internal static class OverOptimisationProof
{
    private const int Seeds = 24;

    private static readonly int[] s_labels = [20, 60, 200, 1_000, 5_000, 20_000], s_drawn = [20, 1_000, 20_000];

    private static readonly double[] s_decisions = [1, CountedLanguage.Decision, 4, double.PositiveInfinity];

    /// <summary>Writes the page, and the diagram to the file that the first argument names.</summary>
    /// <returns>0 when the medians have the expected shape.</returns>
    public static int Run(string[] args, TextWriter output, TextWriter progress)
    {
        var curves = new List<OverOptimisationCurve>();
        for (int seed = 1; seed <= Seeds; seed++)
        {
            curves.AddRange(OverOptimisationCurve.Draw(seed, s_labels, CountedLanguage.Decision));
            progress.WriteLine($"seed {seed}");
        }
        ILookup<int, OverOptimisationCurve> byLabels = curves.ToLookup(curve => curve.Labels);
        var page = new Markdown(output);
        Begin(page);
        page.Text("Optimised exactly, p ∝ reference · e^(λ · proxy), λ from .05 to 16; the law is R = d (α − β log d):");
        Table(page, byLabels, curve => curve.Tilted, GaoFit.Reinforcement);
        page.Text("The best of n samples, n from 2 to 4,096; the law is R = d (α − β d):");
        Table(page, byLabels, curve => curve.BestOf, GaoFit.BestOfN);
        if (args.Length > 0)
        {
            File.WriteAllText(args[0], Diagram(byLabels));
            page.Text($"![Gold and proxy by distance]({Path.GetFileName(args[0])})");
        }
        page.Text("The same curve as the diagram's, exact optimisation, medians at the same λ:");
        Curves(page, byLabels);
        Decisions(page);
        string[] faults = [.. Faults(byLabels)];
        page.Text(faults.Length == 0
            ? "The shape is as expected: the proxy always rises, gold peaks and falls, and more labels raise the peak until they no longer do."
            : $"The shape is not as expected: {string.Join("; ", faults)}.");
        return faults.Length == 0 ? 0 : 1;
    }

    private static void Begin(Markdown page) => page.Begin("Over-optimisation of a reward model, in miniature", "over-optimisation evidence/over-optimisation.svg", "over-optimisation.md",
        "A language of 8⁶ = 262,144 sequences, all equally probable. Gold: the sum of the tokens' random values less .6 times the number of tokens that repeat the one before, both parts scaled to variance 1; in standard deviations over all sequences.",
        "Proxy: a reward model that sees only how often each token occurs, fitted to N comparisons of random sequences with the Bradley-Terry objective of `train reward`; weights with a normal prior of variance 1. A comparison prefers the one with probability σ(2 · its lead in gold), so about one in six is wrong; the accuracy below is of preferring the truly better.",
        "Distance d = √KL(optimised ‖ reference). Both ways of optimising are sums over all sequences; nothing is sampled but the labels.",
        $"Medians of {Seeds} seeds (token values and labels). Forms of the laws: Gao, Schulman and Hilton 2022 (arXiv:2210.10760).");

    private static void Table(Markdown page, ILookup<int, OverOptimisationCurve> byLabels, Func<OverOptimisationCurve, OptimisedPoint[]> points, Func<IReadOnlyList<OptimisedPoint>, GaoFit> fit)
    {
        page.Head("labels N", "reward model's accuracy", "gold at its peak", "d there", "gold at the end", "proxy at the end", "d at the end", "R² of the law", "α", "β");
        foreach (IGrouping<int, OverOptimisationCurve> group in byLabels)
        {
            string Cell(Func<OptimisedPoint[], double> number) => Number(Median.Of(group, curve => number(points(curve))));
            page.Row($"{group.Key:N0}", Number(Median.Of(group, curve => curve.Accuracy), 3), Cell(p => OverOptimisationCurve.Peak(p).Gold), Cell(p => OverOptimisationCurve.Peak(p).Distance),
                Cell(p => p[^1].Gold), Cell(p => p[^1].Proxy), Cell(p => p[^1].Distance), Cell(p => fit(p).Explained), Cell(p => fit(p).Alpha), Cell(p => fit(p).Beta));
        }
    }

    /// <summary>Few labels: how much of the peak their mistakes cost.</summary>
    private static void Decisions(Markdown page)
    {
        page.Text($"The peak with few labels depends on how often they are wrong. {s_drawn[0]} labels, exact optimisation, where a judgement prefers the better with probability σ(decision · its lead in gold); medians of the same {Seeds} seeds, with quartiles:");
        page.Head("decision", "reward model's accuracy", "gold at its peak", "lower quartile", "upper quartile", "d there", "gold at the end");
        foreach (double decision in s_decisions)
        {
            OverOptimisationCurve[] curves = [.. Enumerable.Range(1, Seeds).SelectMany(seed => OverOptimisationCurve.Draw(seed, [s_drawn[0]], decision))];
            string Peak(double share) => Number(Median.Quantile(curves, curve => OverOptimisationCurve.Peak(curve.Tilted).Gold, share));
            page.Row(double.IsFinite(decision) ? $"{decision}" : "always right", Number(Median.Of(curves, curve => curve.Accuracy), 3), Peak(0.5), Peak(0.25), Peak(0.75),
                Number(Median.Of(curves, curve => OverOptimisationCurve.Peak(curve.Tilted).Distance)), Number(Median.Of(curves, curve => curve.Tilted[^1].Gold)));
        }
    }

    private static void Curves(Markdown page, ILookup<int, OverOptimisationCurve> byLabels)
    {
        page.Head(["λ", .. s_drawn.SelectMany(n => new[] { $"N {n:N0}: d", "proxy", "gold" })]);
        for (int i = 0; i < OverOptimisationCurve.Strengths.Length; i += 3)
        {
            page.Row([
                Number(OverOptimisationCurve.Strengths[i]),
                .. s_drawn.Select(n => Middle(byLabels[n], i)).SelectMany(point => new[] { Number(point.Distance), Number(point.Proxy), Number(point.Gold) })]);
        }
    }

    private static string Diagram(ILookup<int, OverOptimisationCurve> byLabels)
    {
        const string Distance = "d = √KL (√nats)", Proxy = "proxy, N = 20,000";
        var rows = new List<MetricsRow>();
        for (int i = 0; i < OverOptimisationCurve.Strengths.Length; i++)
        {
            foreach (int labels in s_drawn)
            {
                OptimisedPoint point = Middle(byLabels[labels], i);
                var values = new Dictionary<string, double> { [Distance] = point.Distance, [Gold(labels)] = point.Gold };
                if (labels == s_drawn[^1])
                {
                    values[Proxy] = point.Proxy;
                }
                rows.Add(new MetricsRow(i, 0, default, values));
            }
        }
        return ScatterSvg.File(new ReportScatter("Gold and proxy by distance from the reference (standard deviations)", Distance, [Proxy, .. s_drawn.Select(Gold)]), rows);
    }

    private static string Gold(int labels) => $"gold, N = {labels:N0}";

    /// <summary>The median curve's point at one strength.</summary>
    private static OptimisedPoint Middle(IEnumerable<OverOptimisationCurve> curves, int strength) => new(
        Median.Of(curves, curve => curve.Tilted[strength].Distance), Median.Of(curves, curve => curve.Tilted[strength].Proxy), Median.Of(curves, curve => curve.Tilted[strength].Gold));

    private static IEnumerable<string> Faults(ILookup<int, OverOptimisationCurve> byLabels)
    {
        foreach (OverOptimisationCurve curve in byLabels.SelectMany(group => group))
        {
            if (curve.Tilted.Zip(curve.Tilted.Skip(1), (a, b) => b.Proxy > a.Proxy).Contains(false) || curve.BestOf.Zip(curve.BestOf.Skip(1), (a, b) => b.Proxy > a.Proxy).Contains(false))
            {
                yield return $"the proxy falls at N = {curve.Labels}";
            }
        }
        double Peak(int labels) => Median.Of(byLabels[labels], curve => OverOptimisationCurve.Peak(curve.Tilted).Gold);
        foreach (int labels in s_labels.Where(n => Median.Of(byLabels[n], curve => OverOptimisationCurve.Peak(curve.Tilted).Gold - curve.Tilted[^1].Gold) < 0.3))
        {
            yield return $"gold does not fall at N = {labels}";
        }
        if (Peak(1_000) < Peak(20) + 0.2 || Math.Abs(Peak(20_000) - Peak(1_000)) > 0.2)
        {
            yield return $"the peaks are {Number(Peak(20))}, {Number(Peak(1_000))} and {Number(Peak(20_000))} at N = 20, 1,000 and 20,000";
        }
    }

    private static string Number(double value, int digits = 2) => Markdown.Number(value, digits);
}
