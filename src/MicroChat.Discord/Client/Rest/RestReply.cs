using System.Net;
using System.Text.Json;

namespace MicroChat.Discord.Client.Rest;

/// <summary>An answer of the API.</summary>
/// <param name="Status">HTTP status.</param>
/// <param name="Limits">What its headers say about limits.</param>
/// <param name="Body">Its JSON; undefined where there is none, or none that can be read.</param>
/// <param name="IsReadable">Whether the body was empty or JSON.</param>
internal sealed record RestReply(HttpStatusCode Status, RateLimitHeaders Limits, JsonElement Body, bool IsReadable)
{
    /// <summary>Longest body that is read. Unit: bytes.</summary>
    public const int LongestBody = 8 << 20;

    public static async Task<RestReply> ReadAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        RateLimitHeaders limits = RateLimitHeaders.Read(response.Headers);
        byte[]? bytes = await BytesAsync(response.Content, cancellationToken).ConfigureAwait(false);
        if (bytes is { Length: 0 })
        {
            return new RestReply(response.StatusCode, limits, default, IsReadable: true);
        }
        try
        {
            if (bytes is not null)
            {
                using JsonDocument json = JsonDocument.Parse(bytes);
                return new RestReply(response.StatusCode, limits, json.RootElement.Clone(), IsReadable: true);
            }
        }
        catch (JsonException)
        {
        }
        return new RestReply(response.StatusCode, limits, default, IsReadable: false);
    }

    /// <summary>Null: longer than allowed.</summary>
    private static async Task<byte[]?> BytesAsync(HttpContent content, CancellationToken cancellationToken)
    {
        using var bytes = new MemoryStream();
        Stream body = await content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        await using (body.ConfigureAwait(false))
        {
            byte[] chunk = new byte[16_384];
            int read;
            while ((read = await body.ReadAsync(chunk, cancellationToken).ConfigureAwait(false)) > 0)
            {
                if (bytes.Length + read > LongestBody)
                {
                    return null;
                }
                bytes.Write(chunk, 0, read);
            }
        }
        return bytes.ToArray();
    }
}
