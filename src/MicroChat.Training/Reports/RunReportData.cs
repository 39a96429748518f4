namespace MicroChat.Training.Reports;

/// <summary>What a run's report tells besides its curves. Sections without content are left out of the page.</summary>
public sealed record RunReportData
{
    /// <summary>Headline, e.g. "Pretraining of stories-15M".</summary>
    public required string Title { get; init; }

    /// <summary>The exact command line that repeats the run.</summary>
    public required string Command { get; init; }

    /// <summary>Begin of the run; of the first start where it was resumed.</summary>
    public required DateTimeOffset Started { get; init; }

    /// <summary>When the report was made; the default while the run goes.</summary>
    public DateTimeOffset Written { get; init; }

    /// <summary>Folder of the model that the run began with; null: fresh weights.</summary>
    public string? BeganFrom { get; init; }

    /// <summary>The run that made that model, as it stood then; null: none, or unknown.</summary>
    public RunReportData? Parent { get; init; }

    /// <summary>Updates made.</summary>
    public long Steps { get; init; }

    /// <summary>Tokens read by them.</summary>
    public long Tokens { get; init; }

    /// <summary>Every effective option, in the order to show.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Options { get; init; } = [];

    /// <summary>Where the training data came from.</summary>
    public IReadOnlyList<ReportDataSource> Data { get; init; } = [];

    /// <summary>The curves to draw; those without a value are left out.</summary>
    public IReadOnlyList<ReportChart> Charts { get; init; } = ReportChart.Standard;

    /// <summary>One measurement against another, a point per step; those without a value are left out.</summary>
    public IReadOnlyList<ReportScatter> Scatters { get; init; } = [];

    /// <summary>Results per held-out data set.</summary>
    public IReadOnlyList<ReportValidation> Validation { get; init; } = [];

    /// <summary>Why the run was stopped before its end; null: it was not, or a person stopped it.</summary>
    public string? Stopped { get; init; }

    /// <summary>Results in the stage's own terms.</summary>
    public IReadOnlyList<ReportTable> Tables { get; init; } = [];

    /// <summary>Replies to the same prompts before and after the run.</summary>
    public IReadOnlyList<ReportSample> Samples { get; init; } = [];

    /// <summary>What the run left behind.</summary>
    public IReadOnlyList<ReportCheckpoint> Checkpoints { get; init; } = [];
}

/// <summary>One file of training data.</summary>
/// <param name="File">Path or name.</param>
/// <param name="Licence">Licence or consent under which it is used.</param>
/// <param name="Attribution">Whom the licence asks to name; empty: nobody.</param>
/// <param name="Weight">Share of the mixture, relative to the other files' weights.</param>
/// <param name="Rows">Documents or conversations.</param>
/// <param name="Sha256">Hash of the file, hexadecimal.</param>
public sealed record ReportDataSource(string File, string Licence, string Attribution, double Weight, long Rows, string Sha256);

/// <summary>One diagram: curves that share an axis.</summary>
/// <param name="Title">Headline with the unit.</param>
/// <param name="Metrics">Names in the metrics log.</param>
public sealed record ReportChart(string Title, IReadOnlyList<string> Metrics)
{
    /// <summary>What every stage that trains with cross entropy shows.</summary>
    public static IReadOnlyList<ReportChart> Standard { get; } =
    [
        new("Loss (nats per token)", [Reports.Metrics.Loss, Reports.Metrics.ValidationLoss]),
        new("Learning rate", [Reports.Metrics.LearningRate]),
        new("Gradient norm", [Reports.Metrics.GradientNorm]),
        new("Tokens per second", [Reports.Metrics.TokensPerSecond]),
    ];
}

/// <summary>A diagram of two measurements: what was gained against what it cost.</summary>
/// <param name="Title">Headline with the units.</param>
/// <param name="Across">Name in the metrics log of what goes across.</param>
/// <param name="Up">Names of what goes up.</param>
public sealed record ReportScatter(string Title, string Across, IReadOnlyList<string> Up);

/// <summary>A table of results.</summary>
/// <param name="Title">Headline.</param>
/// <param name="Headings">One per column; one that begins with # heads a column of numbers, one with ` of paths and the like.</param>
/// <param name="Rows">The cells.</param>
public sealed record ReportTable(string Title, IReadOnlyList<string> Headings, IReadOnlyList<IReadOnlyList<string>> Rows);

/// <summary>Result on one held-out data set.</summary>
/// <param name="DataSet">Its name.</param>
/// <param name="Tokens">Tokens evaluated.</param>
/// <param name="Loss">Nats per token.</param>
/// <param name="BitsPerByte">Bits per byte of text.</param>
public sealed record ReportValidation(string DataSet, long Tokens, double Loss, double BitsPerByte);

/// <summary>One prompt and what the model made of it.</summary>
/// <param name="Prompt">The prompt.</param>
/// <param name="Before">The model's text before the run.</param>
/// <param name="After">The model's text after it, same seed.</param>
public sealed record ReportSample(string Prompt, string Before, string After);

/// <summary>One saved state.</summary>
/// <param name="Step">The step it was saved after.</param>
/// <param name="Path">Its folder.</param>
/// <param name="Bytes">Size of all its files.</param>
/// <param name="Note">"best", "last" …; may be empty.</param>
public sealed record ReportCheckpoint(long Step, string Path, long Bytes, string Note);
