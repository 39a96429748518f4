using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;

namespace MicroChat.Discord.Simulator.Rest;

/// <summary>Reads a request's body: JSON, or multipart with <c>payload_json</c> and <c>files[n]</c>.</summary>
internal static partial class BodyReader
{
    private const int MostBytes = 25 << 20;
    private const int Deepest = 64;

    private static readonly FormOptions Multipart = new()
    {
        BufferBody = false,
        MemoryBufferThreshold = MostBytes,
        MultipartBodyLengthLimit = MostBytes,
        ValueLengthLimit = MostBytes,
        ValueCountLimit = 64,
        MultipartHeadersLengthLimit = 16 << 10,
    };

    /// <summary>The JSON (null: there is none) and the files.</summary>
    /// <exception cref="DiscordFault">It is too large, or not what its content type says.</exception>
    public static async Task<(JsonDocument? Json, IReadOnlyList<UploadedFile> Files)> ReadAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        if (request.ContentLength > MostBytes)
        {
            throw DiscordFault.TooLarge;
        }
        if (request.HasFormContentType)
        {
            return await ReadFormAsync(request, cancellationToken);
        }
        byte[] bytes = await ReadAllAsync(request.Body, cancellationToken);
        if (bytes.Length == 0)
        {
            return (null, []);
        }
        if (request.ContentType?.StartsWith("application/json", StringComparison.OrdinalIgnoreCase) != true)
        {
            throw new DiscordFault(400, 50035, "Expected \"Content-Type\" header to be one of {'application/json', 'application/x-www-form-urlencoded', 'multipart/form-data'}.");
        }
        return (Parse(bytes), []);
    }

    private static async Task<(JsonDocument? Json, IReadOnlyList<UploadedFile> Files)> ReadFormAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        try
        {
            IFormCollection form = await new FormFeature(request, Multipart).ReadFormAsync(cancellationToken);
            var files = new List<UploadedFile>();
            foreach (IFormFile file in form.Files)
            {
                using var content = new MemoryStream();
                await file.CopyToAsync(content, cancellationToken);
                int index = FileName().Match(file.Name) is { Success: true } match ? int.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture) : files.Count;
                files.Add(new UploadedFile(index, file.FileName, file.ContentType ?? "application/octet-stream", content.ToArray()));
            }
            StringValues payload = form["payload_json"];
            return (payload.Count == 0 ? null : Parse(System.Text.Encoding.UTF8.GetBytes(payload.ToString())), files);
        }
        catch (Exception e) when (e is InvalidDataException or BadHttpRequestException or IOException)
        {
            throw new DiscordFault(400, 50035, "Invalid Form Body");
        }
    }

    private static async Task<byte[]> ReadAllAsync(Stream body, CancellationToken cancellationToken)
    {
        using var all = new MemoryStream();
        byte[] buffer = new byte[16 << 10];
        while (true)
        {
            int read = await body.ReadAsync(buffer, cancellationToken);
            if (read == 0)
            {
                return all.ToArray();
            }
            all.Write(buffer, 0, read);
            if (all.Length > MostBytes)
            {
                throw DiscordFault.TooLarge;
            }
        }
    }

    private static JsonDocument Parse(byte[] utf8)
    {
        try
        {
            var json = JsonDocument.Parse(utf8, new JsonDocumentOptions { MaxDepth = Deepest });
            ReadTexts(json.RootElement);
            return json;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)      // the latter: half a surrogate pair
        {
            throw DiscordFault.InvalidJson;
        }
    }

    /// <summary>Reads every text once, since only that finds escapes that are no character.</summary>
    private static void ReadTexts(JsonElement json)
    {
        if (json.ValueKind == JsonValueKind.String)
        {
            json.GetString();
        }
        else if (json.ValueKind == JsonValueKind.Array)
        {
            foreach (JsonElement item in json.EnumerateArray())
            {
                ReadTexts(item);
            }
        }
        else if (json.ValueKind == JsonValueKind.Object)
        {
            foreach (JsonProperty property in json.EnumerateObject())
            {
                _ = property.Name;
                ReadTexts(property.Value);
            }
        }
    }

    [GeneratedRegex(@"^files\[([0-9]{1,4})\]$")]
    private static partial Regex FileName();
}
