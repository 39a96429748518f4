using System.Globalization;
using System.Text.Json;
using MicroChat.Model.Templates;

namespace MicroChat.Tests.Templates;

/// <summary>Reading the golden cases of templates, and judging a result by them.</summary>
internal static class TemplateCases
{
    public static IEnumerable<JsonElement> Read(string path) =>
        File.ReadAllText(path).Split('\n').Where(line => line.Length > 0).Select(line => JsonDocument.Parse(line).RootElement);

    /// <summary>The clock that shows the case's time.</summary>
    public static TimeProvider Clock(JsonElement c) => new ManualClock(c.TryGetProperty("now", out JsonElement now)
        ? DateTimeOffset.Parse(now.GetString()! + "Z", CultureInfo.InvariantCulture) : new DateTimeOffset(2024, 7, 26, 9, 5, 3, TimeSpan.Zero));

    /// <summary>What is wrong with this result; null where it is right.</summary>
    public static string? Difference(JsonElement c, string? text, TemplateException? failure)
    {
        if (c.TryGetProperty("error", out JsonElement error))
        {
            if (failure is null) return $"gives {JsonSerializer.Serialize(text)}, wanted the failure {error}";
            bool isMessageFree = error.GetProperty("kind").GetString() != "raise_exception";
            return isMessageFree || (failure.RaisedByTemplate && failure.Message == error.GetProperty("message").GetString()) ? null
                : $"fails with {failure.Message}, wanted {error}";
        }
        string wanted = c.GetProperty("expected").GetString()!;
        if (failure is not null)
            return c.TryGetProperty("or_refuse", out JsonElement refuse) && refuse.GetBoolean() ? null : $"fails with {failure.Message}, wanted {JsonSerializer.Serialize(wanted)}";
        return text == wanted ? null : $"gives {JsonSerializer.Serialize(text)}, wanted {JsonSerializer.Serialize(wanted)}";
    }

    private sealed class ManualClock(DateTimeOffset now) : TimeProvider
    {
        public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

        public override DateTimeOffset GetUtcNow() => now;
    }
}
