namespace MicroChat.Training.Reports;

/// <summary>
/// The live state of a long run: on a terminal one line that is rewritten in place, in redirected output a line every so
/// often. The first and the last state are always shown.
/// </summary>
public sealed class ProgressLine
{
    private static readonly TimeSpan RewriteEvery = TimeSpan.FromMilliseconds(100);
    private readonly TextWriter _output;
    private readonly TimeProvider _time;
    private readonly long _firstStep;
    private readonly long _totalSteps;
    private readonly int _columns;
    private readonly TimeSpan _interval;
    private readonly long _started;
    private long? _shown;
    private int _width;
    private bool _pending;
    private string _state = "";

    /// <summary>Prepares; writes nothing yet.</summary>
    /// <param name="output">Where the line goes.</param>
    /// <param name="time">The clock of rate and remaining time.</param>
    /// <param name="firstStep">The step that the run starts or resumes from: earlier steps took no time.</param>
    /// <param name="totalSteps">The last step.</param>
    /// <param name="columns">Width of the terminal; 0: the output is redirected.</param>
    /// <param name="redirectedInterval">Time between two lines of redirected output.</param>
    public ProgressLine(TextWriter output, TimeProvider time, long firstStep, long totalSteps, int columns, TimeSpan redirectedInterval)
    {
        _output = output;
        _time = time;
        _firstStep = firstStep;
        _totalSteps = totalSteps;
        _columns = columns;
        _interval = columns > 0 ? RewriteEvery : redirectedInterval;
        _started = time.GetTimestamp();
    }

    /// <summary>Takes the state after a step; shows it when the last one has been shown long enough.</summary>
    public void Report(long step, double loss, double tokensPerSecond)
    {
        _state = $"step {step}/{_totalSteps}  loss {loss:0.0000}  {Rate(tokensPerSecond)} tok/s  ETA {Remaining(step)}";
        _pending = true;
        if (_shown is not { } shown || _time.GetElapsedTime(shown) >= _interval)
        {
            Show();
        }
    }

    /// <summary>Writes a line of its own above the live one: a warning, a checkpoint's path.</summary>
    public void Note(string text)
    {
        _output.WriteLine(_columns > 0 ? "\r" + text.PadRight(_width) : text);
        _width = 0;
        if (_columns > 0 && _state.Length > 0)
        {
            Show();
        }
    }

    /// <summary>Shows the last state if it was held back, and ends the live line.</summary>
    public void Finish()
    {
        if (_pending)
        {
            Show();
        }
        if (_columns > 0 && _state.Length > 0)
        {
            _output.WriteLine();
        }
        _output.Flush();
        _width = 0;
    }

    private void Show()
    {
        if (_columns > 0)
        {
            // One column stays free: a full line would wrap and could not be rewritten.
            string text = _state.Length < _columns ? _state : _state[..(_columns - 1)];
            _output.Write("\r" + text.PadRight(_width));
            _width = text.Length;
        }
        else
        {
            _output.WriteLine(_state);
        }
        _output.Flush();
        _shown = _time.GetTimestamp();
        _pending = false;
    }

    private string Remaining(long step)
    {
        long done = step - _firstStep;
        if (done <= 0)
        {
            return "?";
        }
        double seconds = _time.GetElapsedTime(_started).TotalSeconds / done * Math.Max(_totalSteps - step, 0);
        return Duration(seconds);
    }

    /// <summary>"9s", "4m 05s", "3h 07m", "2d 04h".</summary>
    internal static string Duration(double seconds)
    {
        if (!(seconds < TimeSpan.MaxValue.TotalSeconds / 2))
        {
            return "?";
        }
        var t = TimeSpan.FromSeconds(Math.Round(seconds));
        return t switch
        {
            { TotalDays: >= 1 } => $"{(int)t.TotalDays}d {t.Hours:00}h",
            { TotalHours: >= 1 } => $"{t.Hours}h {t.Minutes:00}m",
            { TotalMinutes: >= 1 } => $"{t.Minutes}m {t.Seconds:00}s",
            _ => $"{t.Seconds}s",
        };
    }

    private static string Rate(double perSecond) => perSecond switch
    {
        >= 1e6 => $"{perSecond / 1e6:0.00}M",
        >= 1e4 => $"{perSecond / 1e3:0.0}k",
        _ => $"{perSecond:0}",
    };
}
