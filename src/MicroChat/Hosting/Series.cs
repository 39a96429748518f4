using System.Globalization;
using System.Text;

namespace MicroChat.Hosting;

/// <summary>The values of one instrument under one set of labels.</summary>
internal abstract class Series
{
    public abstract void Record(double value);

    /// <summary>Appends lines of Prometheus' text format.</summary>
    public abstract void Render(StringBuilder page, string name, string labels);

    protected static void Line(StringBuilder page, string name, string labels, double value)
    {
        page.Append(name);
        if (labels.Length > 0)
        {
            page.Append('{').Append(labels).Append('}');
        }
        page.Append(' ').Append(value.ToString("R", CultureInfo.InvariantCulture)).Append('\n');
    }
}

/// <summary>Adds up.</summary>
internal sealed class SumSeries : Series
{
    private readonly Lock gate = new();
    private double sum;

    public override void Record(double value)
    {
        lock (gate)
        {
            sum += value;
        }
    }

    public override void Render(StringBuilder page, string name, string labels)
    {
        lock (gate)
        {
            Line(page, name, labels, sum);
        }
    }
}

/// <summary>Keeps the latest.</summary>
internal sealed class GaugeSeries : Series
{
    private double latest;

    public override void Record(double value) => Volatile.Write(ref latest, value);

    public override void Render(StringBuilder page, string name, string labels) => Line(page, name, labels, Volatile.Read(ref latest));
}

/// <summary>Counts values by size.</summary>
internal sealed class HistogramSeries(string? unit) : Series
{
    private static readonly double[] Seconds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120];
    private static readonly double[] Rates = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000];

    private readonly double[] bounds = unit == "s" ? Seconds : Rates;
    private readonly long[] counts = new long[(unit == "s" ? Seconds : Rates).Length + 1];
    private readonly Lock gate = new();
    private double sum;

    public override void Record(double value)
    {
        int bucket = Array.FindIndex(bounds, bound => value <= bound);
        lock (gate)
        {
            counts[bucket < 0 ? bounds.Length : bucket]++;
            sum += value;
        }
    }

    public override void Render(StringBuilder page, string name, string labels)
    {
        string separator = labels.Length > 0 ? "," : "";
        lock (gate)
        {
            long seen = 0;
            for (int i = 0; i < counts.Length; i++)
            {
                seen += counts[i];
                string bound = i < bounds.Length ? bounds[i].ToString("R", CultureInfo.InvariantCulture) : "+Inf";
                Line(page, name + "_bucket", $"{labels}{separator}le=\"{bound}\"", seen);
            }
            Line(page, name + "_sum", labels, sum);
            Line(page, name + "_count", labels, seen);
        }
    }
}
