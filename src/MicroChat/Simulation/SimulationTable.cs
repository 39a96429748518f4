using System.Globalization;
using MicroChat.Cycles;
using MicroChat.Feedback;

namespace MicroChat.Simulation;

/// <summary>The figures of a simulation as rows of a Markdown table, and what gates and trials said in lines below it.</summary>
internal static class SimulationTable
{
    public const string Head =
        "| season | generation | up-rate of fresh conversations [95 %] | votes | gold | words | honest votes counted | method | KL (nats) | verdict | minutes: chat, training |\n"
        + "| ---: | ---: | --- | ---: | ---: | ---: | ---: | --- | ---: | --- | --- |";

    /// <summary>The row of a season.</summary>
    public static string Row(SeasonFigures figures)
    {
        CycleFigures? cycle = figures.Cycle;
        string[] cells =
        [
            $"{figures.Season}", $"{figures.Generation}", Rate(figures.UpRate), $"{figures.Votes}", Number(figures.Gold, "0.000"), Number(figures.Words, "0.0"),
            $"{Number(figures.Coverage.Share, "0.0 %")} of {figures.Coverage.Cast}", cycle?.Method is { } method ? Name(method.Name) : "–",
            cycle?.Divergence is { } nats ? Number(nats, "0.00") : "–", cycle is null ? "–" : Verdict(cycle),
            $"{Minutes(figures.Chatting)}, {(cycle is null ? "–" : Minutes(cycle.Training))}",
        ];
        return $"| {string.Join(" | ", cells)} |";
    }

    /// <summary>What happened after a season, a line each: why this method, which gates failed, what the trial said.</summary>
    public static IEnumerable<string> Notes(SeasonFigures figures)
    {
        if (figures.Cycle is not { } cycle)
        {
            yield break;
        }
        if (cycle.Method is { } method)
        {
            yield return $"Season {figures.Season}, method: {method.Reason}";
        }
        foreach (GateResult gate in cycle.Gates.Where(gate => !gate.Passed))
        {
            yield return $"Season {figures.Season}, gate {gate.Name} failed: {gate.Words}";
        }
        if (cycle.Verdict.State != CycleVerdictState.Candidate)
        {
            yield return $"Season {figures.Season}: {cycle.Verdict.Words}";
        }
        else if (cycle.Trial.Length > 0)
        {
            yield return $"Season {figures.Season}, generation {cycle.Verdict.Generation}: {cycle.Trial}";
        }
    }

    /// <summary>A rate with its interval.</summary>
    public static string Rate(WilsonInterval? rate) => rate is null ? "–" : $"{Number(rate.Share, "0.000")} [{Number(rate.Lower, "0.000")}, {Number(rate.Upper, "0.000")}]";

    /// <summary>A number in the invariant culture.</summary>
    public static string Number(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);

    /// <summary>In what became of a cycle's candidate, in a word or two.</summary>
    public static string Verdict(CycleFigures cycle) => cycle switch
    {
        { Promoted: true } => $"generation {cycle.Verdict.Generation} promoted",
        { Verdict.State: CycleVerdictState.Candidate } => $"generation {cycle.Verdict.Generation} not promoted",
        _ when cycle.Gates.FirstOrDefault(gate => !gate.Passed) is { } gate => $"stopped by {gate.Name}",
        _ => Name(cycle.Verdict.State),
    };

    private static string Minutes(TimeSpan time) => Number(time.TotalMinutes, "0.0");

    private static string Name<T>(T value)
        where T : struct, Enum => System.Text.Json.JsonNamingPolicy.KebabCaseLower.ConvertName(value.ToString());
}
