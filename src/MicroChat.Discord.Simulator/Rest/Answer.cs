using System.Text.Json.Nodes;

namespace MicroChat.Discord.Simulator.Rest;

/// <summary>What a route returns.</summary>
/// <param name="Body">Null: there is no body, nor a content type.</param>
internal sealed record Answer(int Status, JsonNode? Body)
{
    public static Answer NoContent { get; } = new(204, null);

    public static Answer Ok(JsonNode body) => new(200, body);

    public static Answer Created(JsonNode body) => new(201, body);
}
