using MicroChat.Training.Reports;

namespace MicroChat.Tests.Reports;

public sealed class ProgressLineTests : IDisposable
{
    private readonly ManualClock _clock = new(DateTimeOffset.UnixEpoch);
    private readonly StringWriter _output = new() { NewLine = "\n" };

    public void Dispose() => _output.Dispose();

    [Fact]
    public void Redirected_output_gets_the_first_state_one_per_interval_and_the_last()
    {
        ProgressLine line = Line(columns: 0, firstStep: 0);
        for (int step = 1; step <= 25; step++)
        {
            _clock.Advance(TimeSpan.FromSeconds(1));
            line.Report(step, 2.5, 12_345);
        }
        line.Finish();
        string[] lines = _output.ToString().Split('\n');
        Assert.Equal(["step 1/100", "step 11/100", "step 21/100", "step 25/100", ""], lines.Select(l => l.Split("  ")[0]));
        Assert.Equal("step 11/100  loss 2.5000  12.3k tok/s  ETA 1m 29s", lines[1]);
    }

    [Fact]
    public void A_terminals_line_is_rewritten_at_most_ten_times_a_second_and_leaves_no_rest()
    {
        ProgressLine line = Line(columns: 80, firstStep: 0);
        line.Report(1, 123.0, 1_000_000);
        line.Report(2, 5, 1);                                   // too soon: not shown
        _clock.Advance(TimeSpan.FromSeconds(0.1));
        line.Report(3, 5, 1);
        line.Finish();
        string[] states = _output.ToString().Split('\r');
        Assert.Equal(3, states.Length);
        Assert.StartsWith("step 3/100  loss 5.0000  1 tok/s", states[2]);
        Assert.True(states[2].TrimEnd('\n').Length >= states[1].Length);
        Assert.EndsWith("\n", states[2]);
    }

    [Fact]
    public void A_narrow_terminal_never_wraps()
    {
        ProgressLine line = Line(columns: 20, firstStep: 0);
        line.Report(1, 1, 1);
        Assert.Equal(19, _output.ToString().TrimStart('\r').Length);
    }

    [Fact]
    public void The_remaining_time_counts_from_the_resumed_step()
    {
        ProgressLine line = Line(columns: 0, firstStep: 80);
        _clock.Advance(TimeSpan.FromSeconds(60));
        line.Report(90, double.NaN, double.PositiveInfinity);
        Assert.Contains("loss NaN", _output.ToString());
        Assert.Contains("ETA 1m 00s", _output.ToString());
    }

    [Fact]
    public void A_note_stands_above_the_live_line()
    {
        ProgressLine line = Line(columns: 80, firstStep: 0);
        line.Report(1, 1, 1);
        line.Note("saved");
        string[] parts = _output.ToString().Split('\r');
        Assert.Equal("saved", parts[2].Trim());
        Assert.EndsWith("\n", parts[2]);
        Assert.StartsWith("step 1/100", parts[3]);
    }

    [Theory]
    [InlineData(0.4, "0s")]
    [InlineData(59.6, "1m 00s")]
    [InlineData(3_725, "1h 02m")]
    [InlineData(190_000, "2d 04h")]
    [InlineData(double.PositiveInfinity, "?")]
    [InlineData(double.NaN, "?")]
    public void Durations_are_short(double seconds, string wanted) => Assert.Equal(wanted, ProgressLine.Duration(seconds));

    private ProgressLine Line(int columns, long firstStep) => new(_output, _clock, firstStep, 100, columns, TimeSpan.FromSeconds(10));
}
