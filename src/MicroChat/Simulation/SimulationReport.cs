using System.Net;
using System.Text;
using MicroChat.Cycles;
using MicroChat.Model.Checkpoints;

namespace MicroChat.Simulation;

/// <summary>Writes what a simulation showed: simulation.json for programs, simulation.md for evidence, report.html for people.</summary>
internal static class SimulationReport
{
    public const string JsonName = "simulation.json", PageName = "report.html", TextName = "simulation.md";

    private const string Style = """
        :root{color-scheme:light dark}body{margin:0 auto;max-width:1180px;padding:24px 16px 64px;font:16px/1.5 system-ui,sans-serif}
        h1{margin:0 0 4px}.soft{opacity:.7}table{border-collapse:collapse;width:100%;font-size:.92rem}.scroll{overflow-x:auto}
        th,td{text-align:left;padding:6px 10px;border-top:1px solid #8884;vertical-align:top;font-variant-numeric:tabular-nums}
        pre{white-space:pre-wrap;font:13px/1.5 ui-monospace,Consolas,monospace}svg{width:100%;height:auto;max-width:720px}
        .axis{stroke:#888;fill:none}.line{stroke:#2563c9;fill:none;stroke-width:2}.gold{stroke:#d4581c;fill:none;stroke-width:2}.bar{stroke:#2563c9}
        .pass{color:#1b8a5a}.fail{color:#c62828}text{fill:currentColor;font-size:12px}
        """;

    /// <summary>Writes all three into a folder.</summary>
    /// <exception cref="CheckpointException">The file system refused.</exception>
    public static void Write(string folder, SimulationResult result)
    {
        CycleFile.Write(Path.Combine(folder, JsonName), result);
        AtomicFile.WriteText(Path.Combine(folder, TextName), Text(result));
        AtomicFile.WriteText(Path.Combine(folder, PageName), Page(result));
    }

    /// <summary>The result as Markdown, for a page of evidence.</summary>
    public static string Text(SimulationResult result)
    {
        var text = new StringBuilder($"## {result.Preference}\n\nMembers like a reply that {result.Liked}.\n\n```\n{result.Command}\n```\n\n{SimulationTable.Head}\n");
        foreach (SeasonFigures season in result.Seasons)
        {
            text.Append(SimulationTable.Row(season)).Append('\n');
        }
        text.Append($"\n{Summary(result)}\n\n");
        foreach (string note in result.Seasons.SelectMany(SimulationTable.Notes))
        {
            text.Append($"- {note}\n");
        }
        return text.ToString();
    }

    /// <summary>The outcome in a sentence or two.</summary>
    public static string Summary(SimulationResult result)
    {
        string rise = result.Rise is { } points ? $"The up-rate of fresh conversations went from {Percent(result.Seasons[0].UpRate!.Share)} to {Percent(result.Seasons[^1].UpRate!.Share)} ({100 * points:+0.0;-0.0} points)"
            : "There were too few votes for an up-rate";
        int cast = result.Seasons.Sum(s => s.Coverage.Cast), counted = result.Seasons.Sum(s => s.Coverage.Counted ?? s.Coverage.Stored);
        string coverage = cast == 0 ? "" : $"; {Percent((double)counted / cast)} of {cast} honest votes counted";
        return string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{rise}{coverage}. {result.Seasons.Count(s => s.Cycle is { Promoted: true })} of {result.Seasons.Count(s => s.Cycle is not null)} cycles ended with a promotion; all of it took {result.Took.TotalMinutes:0.0} minutes.");
    }

    private static string Percent(double share) => SimulationTable.Number(share, "0.0 %");

    private static string Page(SimulationResult result)
    {
        var html = new StringBuilder($"<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\"><title>Simulation: {Html(result.Preference)}</title><style>{Style}</style></head><body>");
        html.Append($"<h1>A town that likes {Html(result.Preference)}</h1><p class=\"soft\">{result.Members} members, seed {result.Seed}. They like a reply that {Html(result.Liked)}.</p><p>{Html(Summary(result))}</p>");
        html.Append(Chart(result)).Append("<div class=\"scroll\"><table>");
        string[] head = SimulationTable.Head.Split('\n')[0].Trim('|').Split('|');
        html.Append($"<tr>{string.Concat(head.Select(cell => $"<th>{Html(cell.Trim())}</th>"))}</tr>");
        foreach (SeasonFigures season in result.Seasons)
        {
            html.Append($"<tr>{string.Concat(SimulationTable.Row(season).Trim('|').Split('|').Select(cell => $"<td>{Html(cell.Trim())}</td>"))}</tr>");
        }
        html.Append("</table></div>");
        foreach (SeasonFigures season in result.Seasons.Where(season => season.Cycle is { Gates.Count: > 0 }))
        {
            html.Append($"<h2>Gates after season {season.Season}</h2><div class=\"scroll\"><table><tr><th>gate</th><th>verdict</th><th>in words</th></tr>");
            foreach (GateResult gate in season.Cycle!.Gates)
            {
                html.Append($"<tr><td>{Html(gate.Name)}</td><td class=\"{(gate.Passed ? "pass\">passed" : "fail\">failed")}</td><td>{Html(gate.Words)}</td></tr>");
            }
            html.Append("</table></div>");
        }
        html.Append($"<h2>What happened</h2><ul>{string.Concat(result.Seasons.SelectMany(SimulationTable.Notes).Select(note => $"<li>{Html(note)}</li>"))}</ul>");
        return html.Append($"<h2>Command</h2><pre>{Html(result.Command)}</pre></body></html>\n").ToString();
    }

    /// <summary>Up-rate with its interval, and gold, by season.</summary>
    private static string Chart(SimulationResult result)
    {
        const int Left = 40, Top = 10, Wide = 660, High = 200;
        double step = (double)Wide / Math.Max(1, result.Seasons.Count - 1);
        string Point(int season, double share) => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{Left + (season * step):0.#},{Top + ((1 - share) * High):0.#}");
        var svg = new StringBuilder($"<svg viewBox=\"0 0 720 250\" role=\"img\" aria-label=\"Up-rate and gold by season\"><path class=\"axis\" d=\"M{Left},{Top}V{Top + High}H{Left + Wide}\"/>");
        svg.Append($"<text x=\"4\" y=\"{Top + 8}\">100 %</text><text x=\"14\" y=\"{Top + High}\">0 %</text>");
        svg.Append($"<polyline class=\"gold\" points=\"{string.Join(' ', result.Seasons.Select(s => Point(s.Season, s.Gold)))}\"/>");
        svg.Append($"<polyline class=\"line\" points=\"{string.Join(' ', result.Seasons.Where(s => s.UpRate is not null).Select(s => Point(s.Season, s.UpRate!.Share)))}\"/>");
        foreach (SeasonFigures season in result.Seasons.Where(s => s.UpRate is not null))
        {
            svg.Append($"<path class=\"bar\" d=\"M{Point(season.Season, season.UpRate!.Lower)}L{Point(season.Season, season.UpRate.Upper)}\"/>");
        }
        return svg.Append($"<text x=\"{Left}\" y=\"{Top + High + 28}\">blue: up-rate of fresh conversations with its 95 % interval; orange: the hidden preference, mean</text></svg>").ToString();
    }

    private static string Html(string text) => WebUtility.HtmlEncode(text);
}
