using System.Net;
using System.Text;

namespace MicroChat.Training.Reports;

/// <summary>Draws one diagram as inline SVG: axes, ticks, legend, curves, and the values of every column under the pointer.</summary>
internal sealed class ChartSvg
{
    private const int Width = 480, Height = 250, Left = 52, Right = 24, Top = 12, Bottom = 34;
    private const int MostColumns = 240;
    private const int Colours = 4;
    private readonly ReportChart _chart;
    private readonly List<Series> _series = [];
    private readonly Axis _x;
    private readonly Axis _y;

    private ChartSvg(ReportChart chart, IReadOnlyList<MetricsRow> rows)
    {
        _chart = chart;
        long low = rows.Min(r => r.Step), high = rows.Max(r => r.Step);
        _x = new Axis(low, high, wholeNumbers: true);
        foreach (string metric in chart.Metrics)
        {
            Series series = Series.Of(metric, rows, low, Math.Max(high - low + 1, 1), MostColumns);
            if (series.Values > 0)
            {
                _series.Add(series);
            }
        }
        Series.Point[] points = [.. _series.SelectMany(s => s.Points)];
        _y = points.Length == 0 ? new Axis(0, 1, wholeNumbers: false) : new Axis(points.Min(p => p.Low), points.Max(p => p.High), wholeNumbers: false);
    }

    /// <summary>The figure; empty when no row has any of the chart's metrics.</summary>
    public static string Draw(ReportChart chart, IReadOnlyList<MetricsRow> rows)
    {
        IReadOnlyList<MetricsRow> known = [.. rows.Where(row => chart.Metrics.Any(row.Values.ContainsKey))];
        return known.Count == 0 ? "" : new ChartSvg(chart, known).Figure();
    }

    /// <summary>The diagram as a file of its own, with the report's colours; empty when no row has any of the chart's metrics.</summary>
    public static string File(ReportChart chart, IReadOnlyList<MetricsRow> rows)
    {
        IReadOnlyList<MetricsRow> known = [.. rows.Where(row => chart.Metrics.Any(row.Values.ContainsKey))];
        return known.Count == 0
            ? ""
            : new ChartSvg(chart, known).Svg($"xmlns=\"http://www.w3.org/2000/svg\" width=\"{Width}\" height=\"{Height}\" ", $"<style>{RunReportStyle.Css}</style>") + "\n";
    }

    private string Figure()
    {
        var html = new StringBuilder($"<figure><figcaption>{Text(_chart.Title)}</figcaption>{Svg("", "")}");
        Legend(html);
        return html.Append("</figure>\n").ToString();
    }

    private string Svg(string attributes, string head)
    {
        var html = new StringBuilder($"<svg {attributes}viewBox=\"0 0 {Width} {Height}\" role=\"img\" aria-label=\"{Text(_chart.Title)}\">{head}");
        Axes(html);
        for (int s = 0; s < _series.Count; s++)
        {
            Curve(html, _series[s], s % Colours);
        }
        Columns(html);
        return html.Append("</svg>").ToString();
    }

    private void Axes(StringBuilder html)
    {
        foreach (double tick in _y.Ticks)
        {
            html.Append($"<line class=\"grid\" x1=\"{Left}\" x2=\"{Width - Right}\" y1=\"{Y(tick)}\" y2=\"{Y(tick)}\"/>");
            html.Append($"<text class=\"y\" x=\"{Left - 6}\" y=\"{Y(tick)}\" dy=\".35em\">{Axis.Label(tick)}</text>");
        }
        foreach (double tick in _x.Ticks)
        {
            html.Append($"<line class=\"axis\" x1=\"{X(tick)}\" x2=\"{X(tick)}\" y1=\"{Height - Bottom}\" y2=\"{Height - Bottom + 4}\"/>");
            html.Append($"<text class=\"x\" x=\"{X(tick)}\" y=\"{Height - Bottom + 17}\">{Axis.Label(tick)}</text>");
        }
        html.Append($"<line class=\"axis\" x1=\"{Left}\" x2=\"{Width - Right}\" y1=\"{Height - Bottom}\" y2=\"{Height - Bottom}\"/>");
        html.Append($"<text class=\"x\" x=\"{(Left + Width - Right) / 2}\" y=\"{Height - 3}\">step</text>");
    }

    /// <summary>The means as a line, over a band from the lowest to the highest value, so that no spike is averaged away.</summary>
    private void Curve(StringBuilder html, Series series, int colour)
    {
        if (series.Points.Any(p => p.Low < p.High))
        {
            html.Append($"<polygon class=\"d{colour}\" points=\"");
            html.AppendJoin(' ', series.Points.Select(p => $"{X(p.Step)},{Y(p.High)}"));
            html.Append(' ').AppendJoin(' ', series.Points.Reverse().Select(p => $"{X(p.Step)},{Y(p.Low)}"));
            html.Append("\"/>");
        }
        if (series.Points.Count > 1)
        {
            html.Append($"<polyline class=\"c{colour}\" points=\"");
            html.AppendJoin(' ', series.Points.Select(p => $"{X(p.Step)},{Y(p.Mean)}"));
            html.Append("\"/>");
        }
        if (series.Points.Count <= 30)
        {
            foreach (Series.Point p in series.Points)
            {
                html.Append($"<circle class=\"d{colour}\" cx=\"{X(p.Step)}\" cy=\"{Y(p.Mean)}\" r=\"2.5\"/>");
            }
        }
        foreach (long step in series.NotFinite.Take(MostColumns))
        {
            html.Append($"<text class=\"bad\" x=\"{X(step)}\" y=\"{Top + 10}\">×</text>");
        }
    }

    /// <summary>Invisible columns, each with a title: browsers show it under the pointer.</summary>
    private void Columns(StringBuilder html)
    {
        var columns = _series.SelectMany(s => s.Points.Select(p => (p.Step, s.Metric, p.Mean)))
            .GroupBy(p => p.Step).OrderBy(g => g.Key).ToList();
        double width = (double)(Width - Left - Right) / Math.Max(columns.Count, 1);
        foreach (var column in columns)
        {
            string title = string.Join('\n', column.Select(p => $"{p.Metric} {Axis.Label(p.Mean)}").Prepend($"step {column.Key}"));
            double left = Math.Clamp(Left + _x.Place(column.Key) * (Width - Left - Right) - width / 2, Left, Width - Right - width);
            html.Append($"<rect class=\"hover\" x=\"{left:0.#}\" y=\"{Top}\" width=\"{width:0.##}\" height=\"{Height - Top - Bottom}\"><title>{Text(title)}</title></rect>");
        }
    }

    private void Legend(StringBuilder html)
    {
        html.Append("<p class=\"legend\">");
        for (int s = 0; s < _series.Count; s++)
        {
            Series series = _series[s];
            html.Append($"<span><i class=\"k{s % Colours}\"></i>{Text(series.Metric)} <b>{Axis.Label(series.Last)}</b>");
            html.Append(series.NotFinite.Count == 0 ? "</span>" : $" <em class=\"bad\">× {series.NotFinite.Count} not finite</em></span>");
        }
        html.Append("</p>");
    }

    private string X(double step) => (Left + _x.Place(step) * (Width - Left - Right)).ToString("0.#");

    private string Y(double value) => (Height - Bottom - _y.Place(value) * (Height - Top - Bottom)).ToString("0.#");

    private static string Text(string text) => WebUtility.HtmlEncode(text);

    /// <summary>One metric over the steps; where there are more values than columns, each point stands for several.</summary>
    private sealed record Series(string Metric, IReadOnlyList<Series.Point> Points, IReadOnlyList<long> NotFinite, double Last, int Values)
    {
        internal readonly record struct Point(long Step, double Mean, double Low, double High);

        public static Series Of(string metric, IReadOnlyList<MetricsRow> rows, long low, long span, int mostColumns)
        {
            var all = rows.Where(r => r.Values.ContainsKey(metric)).Select(r => (r.Step, Value: r.Values[metric])).ToList();
            var finite = all.Where(p => double.IsFinite(p.Value)).ToList();
            long steps = (span + mostColumns - 1) / mostColumns;
            Point[] points = [.. finite.GroupBy(p => (p.Step - low) / steps)
                .Select(g => new Point(g.Last().Step, g.Average(p => p.Value), g.Min(p => p.Value), g.Max(p => p.Value))).OrderBy(p => p.Step)];
            return new Series(metric, points, [.. all.Where(p => !double.IsFinite(p.Value)).Select(p => p.Step)],
                all.Count == 0 ? double.NaN : all[^1].Value, all.Count);
        }
    }
}
