using System.Text.Json.Serialization;

namespace MicroChat.Hosting;

/// <summary>The body of a health endpoint.</summary>
/// <param name="Status">"live", "ready" or "not ready".</param>
internal sealed record HealthReport(string Status, IReadOnlyList<HealthCheck> Checks);

/// <summary>One thing that must hold.</summary>
internal sealed record HealthCheck(string Name, bool Ok, string Detail);

/// <summary>JSON of the host's own endpoints.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(HealthReport))]
internal sealed partial class HostJson : JsonSerializerContext;
