using System.Text.Json;
using System.Text.Unicode;
using Microsoft.AspNetCore.Http;

namespace MicroChat.Api;

/// <summary>Reads a request's body as one JSON object, within the server's limit.</summary>
internal static class RequestBody
{
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = 32 };

    /// <exception cref="ApiException">It is no JSON object in UTF-8.</exception>
    /// <exception cref="BadHttpRequestException">It is too long, too slow, or cut off.</exception>
    public static async Task<JsonDocument> ReadAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        if (!request.HasJsonContentType())
        {
            throw new ApiException(415, ApiException.InvalidRequest,
                $"The Content-Type is \"{request.ContentType}\"; it must be application/json.", null, "unsupported_media_type");
        }
        using var body = new MemoryStream();
        await request.Body.CopyToAsync(body, cancellationToken);
        return Parse(body.GetBuffer().AsMemory(0, (int)body.Length));
    }

    private static JsonDocument Parse(ReadOnlyMemory<byte> body)
    {
        if (!Utf8.IsValid(body.Span))
        {
            throw ApiException.Invalid(null, "The body is not valid UTF-8. Encode it as UTF-8.", "invalid_encoding");
        }
        JsonDocument json;
        try
        {
            json = JsonDocument.Parse(body, Strict);
        }
        catch (JsonException e)
        {
            string place = e.LineNumber is { } line ? $" in line {line + 1} at byte {e.BytePositionInLine + 1}" : "";
            throw ApiException.Invalid(null, $"The body is not JSON: something is wrong{place}. NaN, comments, trailing commas and repeated names are not allowed.", "invalid_json");
        }
        if (json.RootElement.ValueKind != JsonValueKind.Object)
        {
            json.Dispose();
            throw ApiException.Invalid(null, "The body must be a JSON object.", "invalid_json");
        }
        return json;
    }
}
