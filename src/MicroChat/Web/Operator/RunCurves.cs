using MicroChat.Training.Reports;

namespace MicroChat.Web.Operator;

/// <summary>Thins a metrics log to what a screen can show; the extremes of what a point stands for are kept, so that no spike is lost.</summary>
internal static class RunCurves
{
    private const int MostPoints = 300;

    /// <summary>One curve per metric, over the same steps.</summary>
    public static IReadOnlyDictionary<string, RunCurve> Of(IReadOnlyList<MetricsRow> rows)
    {
        if (rows.Count == 0)
        {
            return new Dictionary<string, RunCurve>();
        }
        long first = rows[0].Step, span = Math.Max(1, (rows[^1].Step - first + MostPoints) / MostPoints);
        return rows.SelectMany(row => row.Values.Keys).Distinct()
            .ToDictionary(metric => metric, metric => Curve([.. rows.Where(row => row.Values.ContainsKey(metric))], metric, first, span));
    }

    private static RunCurve Curve(MetricsRow[] rows, string metric, long first, long span)
    {
        var points = rows.Where(row => double.IsFinite(row.Values[metric]))
            .GroupBy(row => (row.Step - first) / span)
            .Select(g => (g.Last().Step, Mean: g.Average(r => r.Values[metric]), Low: g.Min(r => r.Values[metric]), High: g.Max(r => r.Values[metric])))
            .ToArray();
        return new RunCurve([.. points.Select(p => p.Step)], [.. points.Select(p => p.Mean)], [.. points.Select(p => p.Low)],
            [.. points.Select(p => p.High)], rows.Count(row => !double.IsFinite(row.Values[metric])));
    }
}
