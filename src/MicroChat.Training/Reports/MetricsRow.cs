using System.Text.Json;

namespace MicroChat.Training.Reports;

/// <summary>What was measured at one step.</summary>
/// <param name="Step">The optimizer's step.</param>
/// <param name="Tokens">Training tokens seen so far.</param>
/// <param name="Time">Wall time of the measurement.</param>
/// <param name="Values">Metric → value; NaN and infinity are possible.</param>
public sealed record MetricsRow(long Step, long Tokens, DateTimeOffset Time, IReadOnlyDictionary<string, double> Values)
{
    internal const string StepField = "step";
    internal const string TokensField = "tokens";
    internal const string TimeField = "time";

    /// <summary>Reads one line of a log; null when it is not one.</summary>
    internal static MetricsRow? Parse(ReadOnlyMemory<byte> line)
    {
        try
        {
            using JsonDocument json = JsonDocument.Parse(line);
            long step = 0, tokens = 0;
            DateTimeOffset time = default;
            bool hasStep = false;
            var values = new Dictionary<string, double>();
            foreach (JsonProperty field in json.RootElement.EnumerateObject())
            {
                switch (field.Name)
                {
                    case StepField: (step, hasStep) = (field.Value.GetInt64(), true); break;
                    case TokensField: tokens = field.Value.GetInt64(); break;
                    case TimeField: time = field.Value.GetDateTimeOffset(); break;
                    default: values[field.Name] = Number(field.Value); break;
                }
            }
            return hasStep ? new MetricsRow(step, tokens, time, values) : null;
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>One line of a log, its line feed included.</summary>
    internal byte[] ToLine()
    {
        var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteNumber(StepField, Step);
            json.WriteNumber(TokensField, Tokens);
            json.WriteString(TimeField, Time);
            foreach ((string name, double value) in Values)
            {
                if (double.IsFinite(value))
                {
                    json.WriteNumber(name, value);
                }
                else
                {
                    json.WriteString(name, value.ToString());
                }
            }
            json.WriteEndObject();
        }
        buffer.WriteByte((byte)'\n');
        return buffer.ToArray();
    }

    private static double Number(JsonElement value) => value.ValueKind == JsonValueKind.Number
        ? value.GetDouble()
        : value.GetString() switch
        {
            "NaN" => double.NaN,
            "Infinity" => double.PositiveInfinity,
            "-Infinity" => double.NegativeInfinity,
            _ => throw new FormatException(),
        };
}
