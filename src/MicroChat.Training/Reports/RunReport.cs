using System.Net;
using System.Text;
using MicroChat.Model.Checkpoints;

namespace MicroChat.Training.Reports;

/// <summary>
/// One page about one run, complete in a single file: what was run on which data, how it went, what came out. Everything
/// that was not written here is escaped, and the page forbids itself scripts and outside addresses.
/// </summary>
public static class RunReport
{
    /// <summary>Writes the page to <paramref name="path"/>: whole or not at all.</summary>
    public static void Write(string path, RunReportData data, IEnumerable<MetricsRow> rows) => AtomicFile.WriteText(path, Html(data, rows));

    /// <summary>The page as text.</summary>
    public static string Html(RunReportData data, IEnumerable<MetricsRow> rows)
    {
        MetricsRow[] all = [.. rows];
        var html = new StringBuilder();
        html.Append($"""
            <!DOCTYPE html>
            <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
            <meta http-equiv="Content-Security-Policy" content="default-src 'none';style-src 'unsafe-inline'">
            <title>{Text(data.Title)}</title><style>
            {RunReportStyle.Css}
            </style></head><body>
            <h1>{Text(data.Title)}</h1><p class="soft">{data.Started.UtcDateTime:yyyy-MM-dd HH:mm} to {data.Written.UtcDateTime:yyyy-MM-dd HH:mm} UTC{Text(Origin(data))}</p>

            """);
        if (data.Stopped is not null)
        {
            html.Append($"<p class=\"card bad\"><b>Stopped.</b> {Text(data.Stopped)}</p>\n");
        }
        Tiles(html, data, all);
        Charts(html, data, all);
        Table(html, "Validation", ["data set", "#tokens", "#loss", "#bits per byte"],
            data.Validation.Select(v => new[] { v.DataSet, $"{v.Tokens:N0}", $"{v.Loss:0.0000}", $"{v.BitsPerByte:0.0000}" }));
        foreach (ReportTable table in data.Tables)
        {
            Table(html, table.Title, [.. table.Headings], table.Rows.Select(row => row.ToArray()));
        }
        Samples(html, data.Samples);
        html.Append($"<h2>Command</h2><div class=\"card\"><pre>{Text(data.Command)}</pre></div>\n");
        Table(html, "Data", ["`file", "licence", "#weight", "#rows", "`SHA-256"],
            data.Data.Select(d => new[] { d.File, d.Licence, $"{d.Weight:0.##}", $"{d.Rows:N0}", d.Sha256 }));
        Table(html, "Checkpoints", ["#step", "`path", "#size", ""],
            data.Checkpoints.Select(c => new[] { $"{c.Step:N0}", c.Path, Size(c.Bytes), c.Note }));
        Table(html, "Options", ["option", "`value"], data.Options.Select(o => new[] { o.Key, o.Value }));
        return html.Append("</body></html>\n").ToString();
    }

    private static string Origin(RunReportData data) => data.BeganFrom is null ? ", from fresh weights"
        : data.Parent is null ? $", from {data.BeganFrom}" : $", from {data.BeganFrom} ({data.Parent.Title}, {data.Parent.Steps:N0} steps)";

    private static void Tiles(StringBuilder html, RunReportData data, MetricsRow[] rows)
    {
        html.Append("<div class=\"tiles\">");
        void Tile(string name, string value) => html.Append($"<div class=\"card\"><b>{Text(value)}</b><span>{Text(name)}</span></div>");
        if (rows.Length > 0)
        {
            Tile("steps", $"{rows[^1].Step:N0}");
            Tile("tokens", Axis.Label(rows[^1].Tokens));
        }
        double[] losses = Values(rows, Metrics.Loss), validations = Values(rows, Metrics.ValidationLoss);
        if (losses.Length > 0)
        {
            Tile("last loss", $"{losses[^1]:0.0000}");
        }
        if (validations.Any(double.IsFinite))
        {
            Tile("best validation loss", $"{validations.Where(double.IsFinite).Min():0.0000}");
        }
        double[] scores = Values(rows, Metrics.ObjectiveScores), divergences = Values(rows, Metrics.ObjectiveKl);
        if (scores.Length > 0 && divergences.Length > 0)
        {
            Tile("score, first and last step", $"{scores[0]:0.000} → {scores[^1]:0.000}");
            Tile("last divergence (nats per reply)", $"{divergences[^1]:0.00}");
        }
        Tile("duration", ProgressLine.Duration((data.Written - data.Started).TotalSeconds));
        html.Append("</div>\n");
    }

    private static void Charts(StringBuilder html, RunReportData data, MetricsRow[] rows)
    {
        string figures = string.Concat([.. data.Scatters.Select(scatter => ScatterSvg.Draw(scatter, rows)), .. data.Charts.Select(chart => ChartSvg.Draw(chart, rows))]);
        if (figures.Length > 0)
        {
            html.Append($"<h2>Curves</h2><div class=\"charts\">\n{figures}</div>\n");
        }
    }

    private static void Samples(StringBuilder html, IReadOnlyList<ReportSample> samples)
    {
        if (samples.Count == 0)
        {
            return;
        }
        html.Append("<h2>Samples before and after</h2>\n");
        foreach (ReportSample s in samples)
        {
            html.Append($"<div class=\"card sample\"><h3>prompt</h3><pre>{Text(s.Prompt)}</pre><div class=\"pair\">");
            html.Append($"<div><h3>before</h3><pre>{Text(s.Before)}</pre></div><div><h3>{(s.Before == s.After ? "after: the same" : "after")}</h3><pre>{Text(s.After)}</pre></div></div></div>\n");
        }
    }

    /// <summary>A table, left out when it has no rows. A heading that begins with # is a column of numbers, one with ` of paths and the like.</summary>
    private static void Table(StringBuilder html, string title, string[] headings, IEnumerable<string[]> rows)
    {
        string[][] all = [.. rows];
        if (all.Length == 0)
        {
            return;
        }
        string Class(int column) => headings[column].StartsWith('#') ? "num" : headings[column].StartsWith('`') ? "mono" : "";
        html.Append($"<h2>{Text(title)}</h2><div class=\"scroll\"><table><tr>");
        for (int column = 0; column < headings.Length; column++)
        {
            html.Append($"<th class=\"{(Class(column) == "num" ? "num" : "")}\">{Text(headings[column].TrimStart('#', '`'))}</th>");
        }
        foreach (string[] row in all)
        {
            html.Append("</tr>\n<tr>");
            for (int column = 0; column < row.Length; column++)
            {
                html.Append($"<td class=\"{Class(column)}\">{Text(row[column])}</td>");
            }
        }
        html.Append("</tr></table></div>\n");
    }

    private static double[] Values(MetricsRow[] rows, string metric) =>
        [.. rows.Where(row => row.Values.ContainsKey(metric)).Select(row => row.Values[metric])];

    private static string Size(long bytes) => bytes switch
    {
        >= 1 << 30 => $"{bytes / (double)(1 << 30):0.0} GiB",
        >= 1 << 20 => $"{bytes / (double)(1 << 20):0.0} MiB",
        _ => $"{bytes / 1024.0:0.0} KiB",
    };

    private static string Text(string text) => WebUtility.HtmlEncode(text);
}
