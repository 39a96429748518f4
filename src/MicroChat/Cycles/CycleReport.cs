using System.Globalization;
using MicroChat.Feedback;
using MicroChat.Model.Checkpoints;
using MicroChat.Training.Evaluation;
using MicroChat.Training.Reports;
using MicroChat.Training.Stages;

namespace MicroChat.Cycles;

/// <summary>report.html of a cycle: verdict, gates, stages, the policy's curves, replies before and after, what it learned from.</summary>
internal static class CycleReport
{
    /// <summary>Writes the page and its facts (run.json).</summary>
    public static void Write(CycleState state, CyclePaths paths, string live, DateTimeOffset now)
    {
        RunReportData? policy = RunManifest.Load(paths.Policy);
        string metrics = Path.Combine(paths.Policy, MetricsLog.FileName);
        CandidateMeasures? measures = CycleFile.Read<CandidateMeasures>(paths.Evaluation);
        var data = new RunReportData
        {
            Title = $"Cycle {state.Id}: {Words(state.Verdict)}", Command = state.Command, Started = state.Created, Written = now, BeganFrom = live,
            Options = [.. state.Settings], Data = Sources(state, paths), Charts = policy?.Charts ?? [], Scatters = policy?.Scatters ?? [],
            Tables = [Verdict(state), Gates(state), Stages(state), .. Provenance(state), .. RewardTables(paths, state)],
            Samples = [.. measures?.Samples.Select(sample => new ReportSample(sample.Prompt, sample.Base, sample.Candidate)) ?? []],
        };
        RunManifest.Save(paths.Folder, data);
        RunReport.Write(paths.Report, data, File.Exists(metrics) ? MetricsLog.Read(metrics) : []);
    }

    private static string Words(CycleVerdict verdict) => verdict.State switch
    {
        CycleVerdictState.Candidate => Text($"generation {verdict.Generation} is a candidate"),
        CycleVerdictState.NoCandidate => "no candidate",
        CycleVerdictState.Failed => "stands still at an error",
        _ => "running",
    };

    private static ReportTable Verdict(CycleState state) => new("Verdict", ["what", "in words"],
    [
        ["verdict", state.Verdict.Words],
        ["method", state.Method is { } method ? $"{method.Name}: {method.Reason}" : "not chosen"],
    ]);

    private static ReportTable Gates(CycleState state) => new("Gates", ["gate", "verdict", "#measured", "#95 % interval", "#threshold", "in words"],
    [
        .. state.Gates.Select(gate => (IReadOnlyList<string>)
        [
            gate.Name, gate.Passed ? "passed" : "FAILED", Number(gate.Value), gate.Lower is null ? "" : $"{Number(gate.Lower)} to {Number(gate.Upper)}", Number(gate.Threshold), gate.Words,
        ]),
    ]);

    private static ReportTable Stages(CycleState state) => new("Stages", ["stage", "state", "#seconds", "in words"],
    [
        .. state.Stages.Select(stage => (IReadOnlyList<string>)
            [stage.Name, $"{stage.State}", stage is { Started: { } from, Ended: { } to } ? Text($"{(to - from).TotalSeconds:0}") : "", stage.Note]),
    ]);

    private static IEnumerable<ReportTable> Provenance(CycleState state)
    {
        if (state.Data is { } data)
        {
            yield return new ReportTable("What it learned from", ["what", "#"],
            [
                ["thumbs", Text($"{data.Thumbs}")], ["pairs", Text($"{data.Pairs}")], ["held-out votes", Text($"{data.HeldOut}")], ["persons", Text($"{data.Persons}")],
                .. data.ConsentBasis.Select(basis => (IReadOnlyList<string>)[$"exchanges, {basis.Key}", Text($"{basis.Value}")]),
                ["deletions since the snapshot before, honoured", Text($"{data.Deletions}")], ["snapshot", data.Snapshot], ["SHA-256 of its manifest", data.ManifestSha256],
                .. data.Notes.Select(note => (IReadOnlyList<string>)[$"to be known: {note}", ""]),
            ]);
        }
    }

    private static IEnumerable<ReportTable> RewardTables(CyclePaths paths, CycleState state)
    {
        (string Stage, RewardFigures Figures)[] all = [.. state.Stages.Where(stage => stage.Name.StartsWith("reward-", StringComparison.Ordinal))
            .SelectMany(stage => RewardSummary.Load(paths.Of(stage.Name))?.Models.Select(model => (stage.Name, model)) ?? [])];
        if (all.Length > 0)
        {
            yield return new ReportTable("Reward models and their controls, on held-out pairs", ["stage", "model", "#accuracy", "#pairs", "#length-matched", "#a rule of length alone", "#correlation with length"],
            [
                .. all.Select(one => (IReadOnlyList<string>)
                [
                    one.Stage, one.Figures.Name, Number(one.Figures.Accuracy), Text($"{one.Figures.Pairs}"), Number(one.Figures.LengthMatched), Number(one.Figures.LengthOnly), Number(one.Figures.LengthCorrelation),
                ]),
            ]);
        }
    }

    private static ReportDataSource[] Sources(CycleState state, CyclePaths paths)
    {
        return state.Data is null ? []
            : [.. (CycleFile.Read<SnapshotFile[]>(paths.SnapshotFiles) ?? []).Select(file => new ReportDataSource(file.Path, "private, by consent", "", 1, file.Rows, file.Sha256))];
    }

    private static string Number(double? value) => value is { } known ? known.ToString("0.000", CultureInfo.InvariantCulture) : "";

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
