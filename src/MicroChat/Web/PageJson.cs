using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using MicroChat.Model.Sampling;
using Microsoft.AspNetCore.Http;

namespace MicroChat.Web;

/// <summary>JSON of the page's endpoints.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, MaxDepth = 16)]
[JsonSerializable(typeof(ErrorBody))]
[JsonSerializable(typeof(SessionBody))]
[JsonSerializable(typeof(ChatBody))]
[JsonSerializable(typeof(StopBody))]
[JsonSerializable(typeof(RateBody))]
[JsonSerializable(typeof(CompareBody))]
[JsonSerializable(typeof(ConsentBody))]
[JsonSerializable(typeof(ConversationListBody))]
[JsonSerializable(typeof(ConversationBody))]
[JsonSerializable(typeof(ChatEvent))]
[JsonSerializable(typeof(SamplingOptions))]
internal sealed partial class PageJson : JsonSerializerContext
{
    /// <summary>Reads the body of a request.</summary>
    /// <exception cref="PageException">It is missing, or not declared as JSON (which keeps simple cross-site forms out).</exception>
    /// <exception cref="JsonException">It is not what the endpoint wants.</exception>
    public static async Task<T> ReadAsync<T>(HttpContext context, JsonTypeInfo<T> type)
    {
        if (!context.Request.HasJsonContentType())
        {
            throw new PageException(415, "not_json", "The body must be JSON with Content-Type: application/json.");
        }
        return await JsonSerializer.DeserializeAsync(context.Request.Body, type, context.RequestAborted)
            ?? throw PageException.Invalid("The body is null; it must be a JSON object.");
    }
}
