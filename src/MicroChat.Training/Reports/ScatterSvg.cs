using System.Net;
using System.Text;

namespace MicroChat.Training.Reports;

/// <summary>Draws one measurement against another as inline SVG, a point per step that is the more solid the later it is, the step under the pointer.</summary>
internal static class ScatterSvg
{
    private const int Width = 480, Height = 250, Left = 52, Right = 24, Top = 12, Bottom = 34;
    private const int Colours = 4;

    /// <summary>Opacity of the first step's points; the last step's are solid, so that the way can be seen.</summary>
    private const double Faintest = 0.25;

    /// <summary>The figure; empty when no row has a finite pair of values.</summary>
    public static string Draw(ReportScatter scatter, IReadOnlyList<MetricsRow> rows)
    {
        Point[] points = Points(scatter, rows);
        if (points.Length == 0)
        {
            return "";
        }
        var html = new StringBuilder($"<figure><figcaption>{Text(scatter.Title)}</figcaption>{Svg(scatter, points, "", "", "")}<p class=\"legend\">");
        for (int s = 0; s < scatter.Up.Count; s++)
        {
            html.Append($"<span><i class=\"k{s % Colours}\"></i>{Text(scatter.Up[s])}</span>");
        }
        return html.Append("<span class=\"soft\">later steps are more solid</span></p></figure>\n").ToString();
    }

    /// <summary>The diagram as a file of its own, with the report's colours and the legend within; empty when no row has a finite pair of values.</summary>
    public static string File(ReportScatter scatter, IReadOnlyList<MetricsRow> rows)
    {
        Point[] points = Points(scatter, rows);
        if (points.Length == 0)
        {
            return "";
        }
        var legend = new StringBuilder();
        for (int s = 0; s < scatter.Up.Count; s++)
        {
            int y = Top + 8 + (16 * s);
            legend.Append($"<circle class=\"d{s % Colours}\" cx=\"{Left + 12}\" cy=\"{y}\" r=\"3\"/><text x=\"{Left + 20}\" y=\"{y}\" dy=\".35em\" style=\"paint-order:stroke;stroke:var(--bg);stroke-width:4px\">{Text(scatter.Up[s])}</text>");
        }
        return Svg(scatter, points, $"xmlns=\"http://www.w3.org/2000/svg\" width=\"{Width}\" height=\"{Height}\" ", $"<style>{RunReportStyle.Css}</style>", legend.ToString()) + "\n";
    }

    private static string Svg(ReportScatter scatter, Point[] points, string attributes, string head, string legend)
    {
        var x = new Axis(points.Min(p => p.X), points.Max(p => p.X), wholeNumbers: false);
        var y = new Axis(points.Min(p => p.Y), points.Max(p => p.Y), wholeNumbers: false);
        var html = new StringBuilder($"<svg {attributes}viewBox=\"0 0 {Width} {Height}\" role=\"img\" aria-label=\"{Text(scatter.Title)}\">{head}");
        foreach (double tick in y.Ticks)
        {
            html.Append($"<line class=\"grid\" x1=\"{Left}\" x2=\"{Width - Right}\" y1=\"{Y(y, tick)}\" y2=\"{Y(y, tick)}\"/><text class=\"y\" x=\"{Left - 6}\" y=\"{Y(y, tick)}\" dy=\".35em\">{Axis.Label(tick)}</text>");
        }
        foreach (double tick in x.Ticks)
        {
            html.Append($"<text class=\"x\" x=\"{X(x, tick)}\" y=\"{Height - Bottom + 17}\">{Axis.Label(tick)}</text>");
        }
        long first = points.Min(p => p.Step), last = Math.Max(first + 1, points.Max(p => p.Step));
        foreach (Point p in points)
        {
            double opacity = Faintest + ((1 - Faintest) * (p.Step - first) / (last - first));
            html.Append($"<circle class=\"d{p.Series % Colours}\" fill-opacity=\"{opacity:0.##}\" cx=\"{X(x, p.X)}\" cy=\"{Y(y, p.Y)}\" r=\"3\"><title>step {p.Step}: {Axis.Label(p.X)}, {Axis.Label(p.Y)}</title></circle>");
        }
        return html.Append($"<text class=\"x\" x=\"{(Left + Width - Right) / 2}\" y=\"{Height - 3}\">{Text(scatter.Across)}</text>{legend}</svg>").ToString();
    }

    private static Point[] Points(ReportScatter scatter, IReadOnlyList<MetricsRow> rows) =>
        [.. scatter.Up.SelectMany((metric, series) => rows.Select(row => Of(row, scatter.Across, metric, series))).OfType<Point>()];

    private static string Text(string text) => WebUtility.HtmlEncode(text);

    private static Point? Of(MetricsRow row, string across, string up, int series) =>
        row.Values.TryGetValue(across, out double x) && row.Values.TryGetValue(up, out double y) && double.IsFinite(x) && double.IsFinite(y)
            ? new Point(row.Step, x, y, series) : null;

    private static string X(Axis axis, double value) => (Left + (axis.Place(value) * (Width - Left - Right))).ToString("0.#");

    private static string Y(Axis axis, double value) => (Height - Bottom - (axis.Place(value) * (Height - Top - Bottom))).ToString("0.#");

    private sealed record Point(long Step, double X, double Y, int Series);
}
