namespace MicroChat.Training.Reports;

/// <summary>A linear axis with round tick marks that cover all values.</summary>
internal sealed class Axis
{
    private const int Intervals = 5;

    /// <summary>Covers [low, high]; a single value gets room on both sides.</summary>
    public Axis(double low, double high, bool wholeNumbers)
    {
        if (high <= low)
        {
            double room = wholeNumbers ? 1 : Math.Max(Math.Abs(low) * 0.1, 1e-9);
            (low, high) = (wholeNumbers ? low : low - room, high + room);
        }
        double step = RoundStep((high - low) / Intervals);
        step = wholeNumbers ? Math.Max(1, step) : step;
        Low = wholeNumbers ? low : Math.Floor(low / step) * step;
        High = wholeNumbers ? high : Math.Ceiling(high / step) * step;
        int first = (int)Math.Ceiling(Low / step - 1e-9);
        int last = (int)Math.Floor(High / step + 1e-9);
        Ticks = [.. Enumerable.Range(first, last - first + 1).Select(i => i * step)];
    }

    /// <summary>Left or lower end.</summary>
    public double Low { get; }

    /// <summary>Right or upper end.</summary>
    public double High { get; }

    /// <summary>Round values between the ends.</summary>
    public IReadOnlyList<double> Ticks { get; }

    /// <summary>Position of a value from 0 (low) to 1 (high).</summary>
    public double Place(double value) => (value - Low) / (High - Low);

    /// <summary>A value as a reader wants it: 1.5M, 12k, 0.25, 3e-4.</summary>
    public static string Label(double value) => Math.Abs(value) switch
    {
        0 => "0",
        >= 1e9 => $"{value / 1e9:0.##}G",
        >= 1e6 => $"{value / 1e6:0.##}M",
        >= 1e4 => $"{value / 1e3:0.#}k",
        >= 100 => $"{value:0}",
        >= 1 => $"{value:0.###}",
        >= 1e-2 => $"{value:0.####}",
        _ => $"{value:0.##e0}",
    };

    /// <summary>The next 1, 2 or 5 times a power of ten.</summary>
    private static double RoundStep(double least)
    {
        double power = Math.Pow(10, Math.Floor(Math.Log10(least)));
        double factor = least / power;
        return power * (factor <= 1 ? 1 : factor <= 2 ? 2 : factor <= 5 ? 5 : 10);
    }
}
