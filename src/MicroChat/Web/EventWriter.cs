using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace MicroChat.Web;

/// <summary>Writes a streamed answer, one JSON object a line. A reader who is gone is no failure: the rest is then written to nobody.</summary>
internal sealed class EventWriter(HttpContext context)
{
    private static readonly byte[] LineFeed = [(byte)'\n'];
    private bool gone;

    /// <summary>Sends a line at once.</summary>
    public async Task WriteAsync(ChatEvent line)
    {
        if (gone)
        {
            return;
        }
        try
        {
            if (!context.Response.HasStarted)
            {
                context.Response.ContentType = "application/x-ndjson; charset=utf-8";
            }
            await context.Response.Body.WriteAsync(JsonSerializer.SerializeToUtf8Bytes(line, PageJson.Default.ChatEvent), context.RequestAborted);
            await context.Response.Body.WriteAsync(LineFeed, context.RequestAborted);
            await context.Response.Body.FlushAsync(context.RequestAborted);
        }
        catch (Exception e) when (e is OperationCanceledException or IOException)
        {
            gone = true;
        }
    }
}
