using System.Buffers;

namespace MicroChat.Training.Reports;

/// <summary>
/// A run's measurements, one JSON object a line: <c>{"step":…,"tokens":…,"time":"…","loss":…}</c>; NaN and infinity are
/// strings. A line reaches the operating system before the next step begins.
/// </summary>
public sealed class MetricsLog : IDisposable
{
    /// <summary>Name of the log in a run's folder.</summary>
    public const string FileName = "metrics.jsonl";

    private const int LongestLineBytes = 1 << 20;
    private readonly FileStream _file;
    private readonly TimeProvider _time;
    private long _lastStep;

    private MetricsLog(FileStream file, TimeProvider time, long lastStep)
    {
        _file = file;
        _time = time;
        _lastStep = lastStep;
    }

    /// <summary>Begins an empty log; one that is already there is replaced.</summary>
    public static MetricsLog Begin(string path, TimeProvider time) =>
        new(new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.Read), time, long.MinValue);

    /// <summary>
    /// Continues a log after the step of the checkpoint that the run resumes from: later lines, which the run will write
    /// again, and a torn last line are cut off. A log that is missing begins empty.
    /// </summary>
    /// <exception cref="InvalidDataException">A line other than the last is damaged; nothing was changed.</exception>
    public static MetricsLog Resume(string path, long resumedStep, TimeProvider time)
    {
        var file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read);
        try
        {
            long end = 0, lastStep = long.MinValue;
            foreach ((MetricsRow row, long rowEnd) in Rows(file, path))
            {
                if (row.Step > resumedStep)
                {
                    break;
                }
                (end, lastStep) = (rowEnd, row.Step);
            }
            file.SetLength(end);
            file.Position = end;
            return new MetricsLog(file, time, lastStep);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>All whole rows of a log, in order; a torn last line is left out.</summary>
    /// <exception cref="InvalidDataException">A line other than the last is damaged.</exception>
    public static IEnumerable<MetricsRow> Read(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        foreach ((MetricsRow row, _) in Rows(file, path))
        {
            yield return row;
        }
    }

    /// <summary>Adds one line, stamped with the time of the call.</summary>
    /// <param name="step">At least the step of the line before.</param>
    /// <param name="tokens">Training tokens seen so far.</param>
    /// <param name="values">Metric → value; the names of <see cref="Metrics"/> where they fit.</param>
    /// <exception cref="ArgumentException">The step goes back, or a name is one of the log's own fields. Nothing was written.</exception>
    public void Write(long step, long tokens, IReadOnlyDictionary<string, double> values)
    {
        if (step < _lastStep)
        {
            throw new ArgumentException($"step is {step}; it must be at least {_lastStep}, the step logged last. Resume the log at an earlier step instead.", nameof(step));
        }
        foreach (string own in new[] { MetricsRow.StepField, MetricsRow.TokensField, MetricsRow.TimeField })
        {
            if (values.ContainsKey(own))
            {
                throw new ArgumentException($"A metric is named \"{own}\", which is a field of every line. Choose another name.", nameof(values));
            }
        }
        _file.Write(new MetricsRow(step, tokens, _time.GetUtcNow(), values).ToLine());
        _file.Flush();
        _lastStep = step;
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private static IEnumerable<(MetricsRow Row, long End)> Rows(FileStream file, string path)
    {
        var reader = new BufferedStream(file, 1 << 16);
        var line = new ArrayBufferWriter<byte>();
        long length = file.Length, at = 0;
        for (int number = 1; at < length; number++)
        {
            line.ResetWrittenCount();
            int next;
            while ((next = reader.ReadByte()) >= 0 && next != '\n' && line.WrittenCount <= LongestLineBytes)
            {
                line.GetSpan(1)[0] = (byte)next;
                line.Advance(1);
            }
            at += line.WrittenCount + 1;
            MetricsRow? row = next == '\n' ? MetricsRow.Parse(line.WrittenMemory) : null;
            if (row is not null)
            {
                yield return (row, at);
            }
            else if (at < length)
            {
                throw new InvalidDataException($"{path}, line {number}: this is no line of a metrics log, which is one JSON object "
                    + "with \"step\" and numbers. Only the last line of a killed run may be torn: restore or remove the file.");
            }
        }
    }
}
