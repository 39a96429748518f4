using System.Text.Json;
using MicroChat.Training.Reports;

namespace MicroChat.Tests.Reports;

public sealed class MetricsLogTests : IDisposable
{
    private static readonly DateTimeOffset Start = new(2026, 11, 21, 10, 0, 0, TimeSpan.Zero);
    private readonly string _folder = Directory.CreateTempSubdirectory("microchat-").FullName;
    private readonly ManualClock _clock = new(Start);

    private string LogPath => Path.Combine(_folder, "metrics.jsonl");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Rows_are_read_as_they_were_written_even_while_the_run_goes_on()
    {
        using var log = MetricsLog.Begin(LogPath, _clock);
        log.Write(1, 512, new Dictionary<string, double> { [Metrics.Loss] = 1.0 / 3, ["odd \"name\""] = double.NaN });
        _clock.Advance(TimeSpan.FromSeconds(1.5));
        log.Write(2, 1_024, new Dictionary<string, double> { [Metrics.Loss] = double.PositiveInfinity, [Metrics.Kl] = double.NegativeInfinity });
        MetricsRow[] rows = [.. MetricsLog.Read(LogPath)];
        Assert.Equal([1, 2], rows.Select(r => r.Step));
        Assert.Equal([512, 1_024], rows.Select(r => r.Tokens));
        Assert.Equal([Start, Start.AddSeconds(1.5)], rows.Select(r => r.Time));
        Assert.Equal(1.0 / 3, rows[0].Values[Metrics.Loss]);
        Assert.Equal(double.NaN, rows[0].Values["odd \"name\""]);
        Assert.Equal([double.PositiveInfinity, double.NegativeInfinity], rows[1].Values.Values);
    }

    [Fact]
    public void Every_line_is_plain_JSON()
    {
        WriteSteps(3);
        Assert.All(Lines(), line => Assert.Equal(JsonValueKind.Object, JsonDocument.Parse(line).RootElement.ValueKind));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{\"step\":6,\"lo")]
    [InlineData("{\"step\":6}")]                               // whole JSON, but the line feed is missing: may be half a number
    [InlineData("\0\0\0\0")]
    public void A_killed_and_resumed_run_has_no_doubled_steps(string torn)
    {
        WriteSteps(5);
        string[] straight = Lines();
        File.AppendAllText(LogPath, torn);
        using (var log = MetricsLog.Resume(LogPath, 3, _clock))
        {
            Assert.Equal(3, Lines().Length);
            log.Write(4, 40, new Dictionary<string, double> { [Metrics.Loss] = 0.25 });
            log.Write(5, 50, new Dictionary<string, double> { [Metrics.Loss] = 0.2 });
        }
        Assert.Equal(straight, Lines());
    }

    [Fact]
    public void A_torn_line_goes_also_when_no_step_is_repeated()
    {
        WriteSteps(5);
        File.AppendAllText(LogPath, "{\"step\":6,");
        Assert.Equal(5, MetricsLog.Read(LogPath).Count());
        MetricsLog.Resume(LogPath, 5, _clock).Dispose();
        Assert.Equal(5, Lines().Length);
    }

    [Fact]
    public void A_missing_log_is_resumed_as_an_empty_one_and_a_new_run_replaces_the_old()
    {
        MetricsLog.Resume(LogPath, 9, _clock).Dispose();
        Assert.Empty(Lines());
        WriteSteps(4);
        WriteSteps(2);
        Assert.Equal(2, Lines().Length);
    }

    [Fact]
    public void Damage_in_the_middle_is_refused_with_its_line_and_nothing_changes()
    {
        WriteSteps(3);
        string[] lines = Lines();
        File.WriteAllText(LogPath, $"{lines[0]}\n{{\"step\":\"x\"}}\n{lines[2]}\n");
        string before = File.ReadAllText(LogPath);
        InvalidDataException e = Assert.Throws<InvalidDataException>(() => MetricsLog.Resume(LogPath, 3, _clock));
        Assert.Contains("metrics.jsonl, line 2", e.Message);
        Assert.Equal(before, File.ReadAllText(LogPath));
    }

    [Fact]
    public void A_step_that_goes_back_and_a_field_of_the_log_as_name_are_refused()
    {
        using var log = MetricsLog.Begin(LogPath, _clock);
        log.Write(5, 0, new Dictionary<string, double>());
        Assert.Contains("step is 4; it must be at least 5", Assert.Throws<ArgumentException>(() => log.Write(4, 0, new Dictionary<string, double>())).Message);
        Assert.Contains("\"time\"", Assert.Throws<ArgumentException>(() => log.Write(6, 0, new Dictionary<string, double> { ["time"] = 1 })).Message);
        Assert.Single(MetricsLog.Read(LogPath));
    }

    private void WriteSteps(int steps)
    {
        using var log = MetricsLog.Begin(LogPath, _clock);
        for (int step = 1; step <= steps; step++)
        {
            log.Write(step, 10 * step, new Dictionary<string, double> { [Metrics.Loss] = 1.0 / step });
        }
    }

    private string[] Lines()
    {
        using var reader = new StreamReader(new FileStream(LogPath, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        return reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
