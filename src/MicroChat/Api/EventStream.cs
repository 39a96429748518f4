using System.Buffers;
using Microsoft.AspNetCore.Http;

namespace MicroChat.Api;

/// <summary>Writes server-sent events; each is on its way when the write returns.</summary>
/// <remarks>Source: WHATWG HTML, "Server-sent events".</remarks>
internal sealed class EventStream(HttpResponse response)
{
    private bool begun;

    /// <summary>One event with a JSON document in it.</summary>
    public async Task SendAsync(ReadOnlyMemory<byte> json, CancellationToken cancellationToken)
    {
        if (!begun)
        {
            begun = true;
            response.ContentType = "text/event-stream";
            response.Headers.CacheControl = "no-cache";
            response.Headers["X-Accel-Buffering"] = "no";       // proxies pass each event on at once
        }
        response.BodyWriter.Write("data: "u8);
        response.BodyWriter.Write(json.Span);
        response.BodyWriter.Write("\n\n"u8);
        await response.BodyWriter.FlushAsync(cancellationToken);
    }

    /// <summary>The event that says that nothing more comes.</summary>
    public Task EndAsync(CancellationToken cancellationToken) => SendAsync("[DONE]"u8.ToArray(), cancellationToken);
}
