using System.Globalization;
using System.Text;
using System.Text.Json;

namespace MicroChat.Training.Evaluation;

/// <summary>One measured number.</summary>
/// <param name="Name">What was measured, unit included.</param>
/// <param name="Value">The number; NaN where there was nothing to measure.</param>
/// <param name="Low">Lower end of its 95 % interval; null: not known.</param>
/// <param name="High">Upper end.</param>
/// <param name="Count">Prompts, pairs or tokens that it was measured on; null: not counted.</param>
public sealed record EvaluationFigure(string Name, double Value, double? Low = null, double? High = null, long? Count = null)
{
    /// <summary>A share with its score interval.</summary>
    public static EvaluationFigure Of(string name, Proportion share) => new(name, share.Share, share.Wilson.Low, share.Wilson.High, share.Count);

    /// <summary>A mean of independent values with its normal interval.</summary>
    public static EvaluationFigure Mean(string name, IReadOnlyList<double> values)
    {
        double error = values.Count < 2 ? double.NaN : Interval.Z95 * Bootstrap.StandardError([.. values]) / Math.Sqrt(values.Count);
        double mean = values.Count == 0 ? double.NaN : values.Average();
        return new EvaluationFigure(name, mean, mean - error, mean + error, values.Count);
    }
}

/// <summary>Figures that belong together.</summary>
/// <param name="Title">Headline.</param>
/// <param name="Figures">The numbers.</param>
public sealed record EvaluationSection(string Title, IReadOnlyList<EvaluationFigure> Figures);

/// <summary>Sections as a table for people and as JSON for programs.</summary>
public static class EvaluationPage
{
    /// <summary>A table: name, value, interval, count.</summary>
    public static string Table(IReadOnlyList<EvaluationSection> sections)
    {
        var text = new StringBuilder();
        int width = sections.SelectMany(section => section.Figures).Select(figure => figure.Name.Length).DefaultIfEmpty(0).Max();
        foreach (EvaluationSection section in sections)
        {
            text.Append(section.Title).Append('\n');
            foreach (EvaluationFigure figure in section.Figures)
            {
                text.Append("  ").Append(figure.Name.PadRight(width)).Append(Number(figure.Value).PadLeft(12));
                text.Append(figure is { Low: { } low, High: { } high } && double.IsFinite(low) ? $"  [{Number(low)}, {Number(high)}]" : "");
                text.Append(figure.Count is { } count ? $"  of {count.ToString("N0", CultureInfo.InvariantCulture)}" : "").Append('\n');
            }
        }
        return text.ToString();
    }

    /// <summary>One object: title → name → value, low, high, count. Numbers that are none are null.</summary>
    public static string Json(IReadOnlyList<EvaluationSection> sections)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true, NewLine = "\n" }))
        {
            json.WriteStartObject();
            foreach (EvaluationSection section in sections)
            {
                json.WriteStartObject(section.Title);
                foreach (EvaluationFigure figure in section.Figures)
                {
                    json.WriteStartObject(figure.Name);
                    Write(json, "value", figure.Value);
                    Write(json, "low", figure.Low);
                    Write(json, "high", figure.High);
                    Write(json, "count", figure.Count);
                    json.WriteEndObject();
                }
                json.WriteEndObject();
            }
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(buffer.ToArray());
    }

    private static void Write(Utf8JsonWriter json, string name, double? value)
    {
        if (value is { } number && double.IsFinite(number))
        {
            json.WriteNumber(name, number);
        }
        else
        {
            json.WriteNull(name);
        }
    }

    private static string Number(double value) => value.ToString("0.0000", CultureInfo.InvariantCulture);
}
