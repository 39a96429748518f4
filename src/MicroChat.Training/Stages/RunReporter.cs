using System.Globalization;
using System.Text.Json;
using MicroChat.Training.Reports;

namespace MicroChat.Training.Stages;

/// <summary>
/// Tells of a run in all the ways people look at it: the live line, metrics.jsonl, TensorBoard's event files, samples.jsonl, and
/// at the end run.json and report.html.
/// </summary>
public sealed class RunReporter : IRunObserver, IDisposable
{
    /// <summary>Name of the report in a run's folder.</summary>
    public const string ReportFile = "report.html";

    private const string SamplesFile = "samples.jsonl";
    private static readonly TimeSpan RedirectedInterval = TimeSpan.FromSeconds(30);

    private readonly string _folder;
    private readonly StageContext _context;
    private RunReportData _facts;
    private readonly ProgressLine _progress;
    private readonly MetricsLog _metrics;
    private readonly TensorBoardWriter _events;
    private readonly Dictionary<string, double> _values = [];
    private IReadOnlyDictionary<string, ValidationResult> _validation = new Dictionary<string, ValidationResult>();
    private long _stepStarted;
    private long _tokens;

    /// <summary>A reporter for a run that has made <paramref name="firstStep"/> updates already; writes what is known of the run into its folder.</summary>
    public RunReporter(string folder, RunReportData facts, StageContext context, long firstStep, long totalSteps)
    {
        RunManifest.Save(folder, facts);
        (_folder, _facts, _context) = (folder, facts, context);
        _progress = new ProgressLine(context.Output, context.Time, firstStep, totalSteps, context.Columns, RedirectedInterval);
        string metrics = Path.Combine(folder, MetricsLog.FileName);
        _metrics = firstStep > 0 && File.Exists(metrics) ? MetricsLog.Resume(metrics, firstStep, context.Time) : MetricsLog.Begin(metrics, context.Time);
        _events = TensorBoardWriter.Create(Path.Combine(folder, "events"), context.Time);
        _stepStarted = context.Time.GetTimestamp();
    }

    /// <inheritdoc/>
    public void Stepped(StepReport report) => Stepped(report, new Dictionary<string, double>());

    /// <summary>After every update of a stage that measures more than a loss.</summary>
    public void Stepped(StepReport report, IReadOnlyDictionary<string, double> more)
    {
        double seconds = Math.Max(1e-9, _context.Time.GetElapsedTime(_stepStarted).TotalSeconds);
        _values.Clear();
        foreach ((string name, double value) in more)
        {
            _values[name] = value;
        }
        _values[Metrics.Loss] = report.Loss;
        _values[Metrics.LearningRate] = report.LearningRate;
        _values[Metrics.GradientNorm] = report.GradientNorm;
        _values[Metrics.TokensPerSecond] = report.StepTokens / seconds;
        _tokens = report.Tokens;
        Write(report.Step);
        _progress.Report(report.Step, report.Loss, report.StepTokens / seconds);
        _stepStarted = _context.Time.GetTimestamp();
    }

    /// <inheritdoc/>
    public void Validated(long step, IReadOnlyDictionary<string, ValidationResult> results, IReadOnlyList<SampleReply> samples)
    {
        _validation = results;
        _values.Clear();
        foreach ((string name, ValidationResult result) in results)
        {
            _values[$"{Metrics.BitsPerByte}/{name}"] = result.BitsPerByte;
        }
        if (results.Count > 0)
        {
            _values[Metrics.ValidationLoss] = results.Values.Average(result => result.Loss);
            _values[Metrics.BitsPerByte] = results.Values.Average(result => result.BitsPerByte);
            _progress.Note($"step {step}: held-out loss {_values[Metrics.ValidationLoss]:F4}, bits per byte {_values[Metrics.BitsPerByte]:F4} (means over {results.Count} sources)");
        }
        Write(step);
        foreach (SampleReply sample in samples)
        {
            _progress.Note($"  {sample.Prompt} → {sample.Reply.ReplaceLineEndings(" ")}");
            _events.Text($"samples/{sample.Prompt}", step, sample.Reply);
        }
        File.AppendAllText(Path.Combine(_folder, SamplesFile), JsonSerializer.Serialize(new { step, samples }) + "\n");
        _stepStarted = _context.Time.GetTimestamp();
    }

    /// <summary>After a measurement that is no update: held-out metrics, and a sentence about them.</summary>
    public void Measured(long step, IReadOnlyDictionary<string, double> values, string note)
    {
        _values.Clear();
        foreach ((string name, double value) in values)
        {
            _values[name] = value;
        }
        Write(step);
        _progress.Note($"step {step}: {note}");
        _stepStarted = _context.Time.GetTimestamp();
    }

    /// <inheritdoc/>
    public void Saved(long step, string folder) => _stepStarted = _context.Time.GetTimestamp();

    /// <summary>Before <see cref="Finish"/>: why the run was stopped, null where it was not, and results in the stage's own terms.</summary>
    public void Conclude(string? stopped, IReadOnlyList<ReportTable> tables) => _facts = _facts with { Stopped = stopped, Tables = tables };

    /// <summary>After a step of PPO: everything that it measured, and what matters most in a line.</summary>
    public void Rewarded(long step, long tokens, IReadOnlyDictionary<string, double> values)
    {
        _tokens = tokens;
        string watched = values.TryGetValue(PpoMetrics.HeldOutScores, out double heldOut) ? $"  held-out {heldOut:0.000}" : "";
        double Seen(string name) => values.GetValueOrDefault(name, double.NaN); // a step whose scores are no numbers is stopped before it is measured
        Measured(step, values, string.Create(
            CultureInfo.InvariantCulture,
            $"score {Seen(Metrics.ObjectiveScores):0.000}{watched}  KL {Seen(Metrics.ObjectiveKl):0.000}  {Seen(Metrics.ReplyTokens):0.0} tokens  ended {Seen(Metrics.EndRate):P0}  distinct {Seen(Metrics.DistinctBigrams):0.00}"));
    }

    /// <summary>Ends the live line and writes run.json and report.html.</summary>
    /// <returns>Path of the report.</returns>
    public string Finish(IReadOnlyList<SampleReply> before, IReadOnlyList<SampleReply> after)
    {
        _progress.Finish();
        string path = Path.Combine(_folder, ReportFile);
        List<MetricsRow> rows = [.. MetricsLog.Read(Path.Combine(_folder, MetricsLog.FileName))];
        RunReportData data = _facts with
        {
            Steps = rows.Count > 0 ? rows[^1].Step : 0,
            Tokens = rows.Count > 0 ? rows[^1].Tokens : 0,
            Started = rows.Count > 0 ? rows[0].Time : _facts.Started,
            Written = _context.Time.GetUtcNow(),
            Validation = [.. _validation.Select(v => new ReportValidation(v.Key, v.Value.Tokens, v.Value.Loss, v.Value.BitsPerByte))],
            Samples = [.. before.Zip(after, (b, a) => new ReportSample(b.Prompt, b.Reply, a.Reply))],
            Checkpoints = [.. TrainingCheckpoint.All(TrainingCheckpoint.Checkpoints(_folder)).Select(Checkpoint)],
        };
        RunManifest.Save(_folder, data);
        RunReport.Write(path, data, rows);
        return path;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _metrics.Dispose();
        _events.Dispose();
    }

    /// <summary>One that is still there, whichever start of the run wrote it.</summary>
    private static ReportCheckpoint Checkpoint(string folder) =>
        new(TrainingCheckpoint.ReadState(folder).Step, folder, new DirectoryInfo(folder).EnumerateFiles("*", SearchOption.AllDirectories).Sum(file => file.Length), "");

    private void Write(long step)
    {
        _metrics.Write(step, _tokens, _values);
        foreach ((string name, double value) in _values)
        {
            _events.Scalar(name, step, value);
        }
        _events.Flush();
    }
}
