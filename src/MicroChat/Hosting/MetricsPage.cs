using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;

namespace MicroChat.Hosting;

/// <summary>Keeps the current value of every instrument of this host and shows them as Prometheus' text format.</summary>
/// <remarks>Source: Prometheus, "Exposition formats", version 0.0.4.</remarks>
internal sealed class MetricsPage : IDisposable
{
    /// <summary>The page's Content-Type.</summary>
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    private const int MostSeries = 2_000;
    private const string RequestMeter = "Microsoft.AspNetCore.Hosting";

    private readonly MeterListener listener = new();
    private readonly ConcurrentDictionary<(Instrument Instrument, string Labels), Series> series = new();

    /// <param name="factory">The host's own: instruments that another host of this process made are left out.</param>
    public MetricsPage(IMeterFactory factory)
    {
        listener.InstrumentPublished = (instrument, self) =>
        {
            bool own = instrument.Meter.Scope is null || ReferenceEquals(instrument.Meter.Scope, factory);
            if (own && instrument.Meter.Name is (ChatMetrics.SourceName or RequestMeter))
            {
                self.EnableMeasurementEvents(instrument);
            }
        };
        listener.MeasurementsCompleted = (instrument, _) => Forget(instrument);
        listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => Record(instrument, value, tags));
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Record(instrument, value, tags));
        listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Record(instrument, value, tags));
        listener.Start();
    }

    /// <summary>The page as it stands now.</summary>
    public string Render()
    {
        listener.RecordObservableInstruments();
        var page = new StringBuilder();
        foreach (var family in series.GroupBy(s => s.Key.Instrument).OrderBy(f => f.Key.Name, StringComparer.Ordinal))
        {
            string name = FamilyName(family.Key), kind = Kind(family.Key);
            page.Append("# HELP ").Append(name).Append(' ').Append(family.Key.Description?.ReplaceLineEndings(" ")).Append('\n');
            page.Append("# TYPE ").Append(name).Append(' ').Append(kind).Append('\n');
            foreach (((_, string labels), Series values) in family.OrderBy(s => s.Key.Labels, StringComparer.Ordinal))
            {
                values.Render(page, name, labels);
            }
        }
        return page.ToString();
    }

    public void Dispose() => listener.Dispose();

    private void Record(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        (Instrument, string) key = (instrument, Labels(tags));
        if (!series.TryGetValue(key, out Series? values))
        {
            if (series.Count >= MostSeries)
            {
                return;         // labels that grow without end must not take the memory with them
            }
            values = series.GetOrAdd(key, static k => k.Item1 switch
            {
                Histogram<double> => new HistogramSeries(k.Item1.Unit),
                ObservableGauge<long> or ObservableGauge<int> => new GaugeSeries(),
                _ => new SumSeries(),
            });
        }
        values.Record(value);
    }

    private void Forget(Instrument instrument)
    {
        foreach ((Instrument Instrument, string Labels) key in series.Keys.Where(k => k.Instrument == instrument))
        {
            series.TryRemove(key, out _);
        }
    }

    private static string Kind(Instrument instrument) => instrument switch
    {
        Histogram<double> => "histogram",
        Counter<long> => "counter",
        _ => "gauge",
    };

    private static string FamilyName(Instrument instrument)
    {
        string name = Identifier(instrument.Name);
        string unit = instrument.Unit switch { "s" => "_seconds", "By" => "_bytes", _ => "" };
        return name + (name.EndsWith(unit, StringComparison.Ordinal) ? "" : unit) + (instrument is Counter<long> ? "_total" : "");
    }

    private static string Labels(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        if (tags.Length == 0)
        {
            return "";
        }
        var labels = new List<string>(tags.Length);
        foreach ((string name, object? value) in tags)
        {
            string text = Convert.ToString(value, CultureInfo.InvariantCulture) ?? "";
            labels.Add($"{Identifier(name)}=\"{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal)}\"");
        }
        labels.Sort(StringComparer.Ordinal);
        return string.Join(',', labels);
    }

    private static string Identifier(string name) =>
        string.Create(name.Length, name, static (to, from) =>
        {
            for (int i = 0; i < to.Length; i++)
            {
                to[i] = char.IsAsciiLetterOrDigit(from[i]) ? from[i] : '_';
            }
        });
}
