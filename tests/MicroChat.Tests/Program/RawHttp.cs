using System.Net.Sockets;
using System.Text;

namespace MicroChat.Tests.Program;

/// <summary>Bytes to a server as no client library would send them.</summary>
internal static class RawHttp
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>Sends a text and reads everything until the server closes the connection.</summary>
    public static async Task<string> SendAsync(Uri address, string text)
    {
        using var client = new TcpClient();
        using var limit = new CancellationTokenSource(Patience);
        await client.ConnectAsync(address.Host, address.Port, limit.Token);
        NetworkStream stream = client.GetStream();
        await stream.WriteAsync(Encoding.Latin1.GetBytes(text), limit.Token);
        var answer = new MemoryStream();
        try
        {
            await stream.CopyToAsync(answer, limit.Token);
        }
        catch (IOException)
        {
            return Encoding.Latin1.GetString(answer.ToArray());     // reset after the answer: that is an end as well
        }
        return Encoding.Latin1.GetString(answer.ToArray());
    }
}
