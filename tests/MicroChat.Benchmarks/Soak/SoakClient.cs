using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace MicroChat.Benchmarks.Soak;

/// <summary>
/// Many requests as a rough world sends them: whole and streamed chats, clients that leave, bodies that are broken, connections that
/// are cut, chats on the page that are rated. The same seed sends the same requests.
/// </summary>
internal sealed class SoakClient(Uri address, int seed)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    private static readonly string[] Broken =
    [
        "", "{", "[]", "\"", "{\"model\":\"microchat\"", "{\"model\":\"microchat\",\"messages\":[{\"role\":\"user\",\"content\":\"\\ud800\"}]}",
        "{\"model\":\"microchat\",\"messages\":[{\"role\":\"user\",\"content\":\"x\"}],\"temperature\":NaN}", "{\"model\":7,\"messages\":{}}",
        "{\"model\":\"microchat\",\"messages\":[{\"role\":\"user\",\"content\":\"x\"}],\"n\":-1}", "\0\0\0\0", "{\"a\":{\"a\":{\"a\":{\"a\":[[[[[[[[",
    ];

    /// <summary>Sends requests from several clients at a time.</summary>
    public async Task RunAsync(int requests, int clients, SoakReport report)
    {
        int left = requests;
        await Task.WhenAll(Enumerable.Range(0, clients).Select(async client =>
        {
            var random = new Random(seed + client);
            using var http = new HttpClient(new SocketsHttpHandler { CookieContainer = new CookieContainer() }) { BaseAddress = address, Timeout = Patience };
            while (Interlocked.Decrement(ref left) >= 0)
            {
                await OneAsync(http, random, report);
            }
        }));
    }

    private async Task OneAsync(HttpClient http, Random random, SoakReport report)
    {
        int kind = random.Next(8);
        try
        {
            await (kind switch
            {
                0 => WholeAsync(http, random, report),
                1 => StreamAsync(http, random, report, leaveAfter: int.MaxValue),
                2 => StreamAsync(http, random, report, leaveAfter: random.Next(1, 400)),
                3 => CancelAsync(http, random, report),
                4 => BrokenAsync(http, random, report),
                5 => CutAsync(random, report),
                _ => RateAsync(http, random, report),
            });
        }
        catch (Exception e)     // a soak goes on and reports
        {
            report.Surprise($"kind {kind}: {e.GetType().Name}: {e.Message}");
        }
    }

    private static StringContent Json(string text) => new(text, Encoding.UTF8, "application/json");

    private static StringContent Chat(Random random, bool stream) => Json(
        $$"""{"model":"microchat","stream":{{(stream ? "true" : "false")}},"max_tokens":{{random.Next(1, 24)}},"n":{{random.Next(1, 3)}},"messages":[{"role":"user","content":"Tell me about {{random.Next(1_000)}}"}]}""");

    private static async Task WholeAsync(HttpClient http, Random random, SoakReport report)
    {
        using HttpResponseMessage response = await http.PostAsync("/v1/chat/completions", Chat(random, stream: false));
        using JsonDocument body = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
        Expect(response, report, "whole", body.RootElement.TryGetProperty("choices", out _) || !response.IsSuccessStatusCode);
    }

    private static async Task StreamAsync(HttpClient http, Random random, SoakReport report, int leaveAfter)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions") { Content = Chat(random, stream: true) };
        using HttpResponseMessage response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        await using Stream stream = await response.Content.ReadAsStreamAsync();
        var text = new MemoryStream();
        var buffer = new byte[256];
        for (int read = 1; read > 0 && text.Length < leaveAfter;)
        {
            read = await stream.ReadAsync(buffer);
            text.Write(buffer, 0, read);
        }
        bool left = text.Length >= leaveAfter;
        bool done = Encoding.UTF8.GetString(text.GetBuffer(), 0, (int)text.Length).EndsWith("data: [DONE]\n\n", StringComparison.Ordinal);
        Expect(response, report, left ? "stream left" : "stream", left || done || !response.IsSuccessStatusCode);
    }

    private static async Task CancelAsync(HttpClient http, Random random, SoakReport report)
    {
        using var stop = new CancellationTokenSource(random.Next(30));
        try
        {
            using HttpResponseMessage response = await http.PostAsync("/v1/chat/completions", Chat(random, random.Next(2) == 0), stop.Token);
            report.Count("cancel came late");
        }
        catch (OperationCanceledException)
        {
            report.Count("cancelled");
        }
    }

    private static async Task BrokenAsync(HttpClient http, Random random, SoakReport report)
    {
        string path = random.Next(3) switch { 0 => "/v1/chat/completions", 1 => "/v1/completions", _ => "/api/chat" };
        using HttpResponseMessage response = await http.PostAsync(path, Json(Broken[random.Next(Broken.Length)]));
        string body = await response.Content.ReadAsStringAsync();
        if (response.StatusCode == HttpStatusCode.BadRequest && body.Contains("\"error\"", StringComparison.Ordinal))
        {
            report.Count("broken body refused");
        }
        else
        {
            report.Surprise($"a broken body for {path} got {(int)response.StatusCode}: {body}");
        }
    }

    /// <summary>A connection that promises more than it sends, and is reset.</summary>
    private async Task CutAsync(Random random, SoakReport report)
    {
        using var client = new TcpClient { LingerState = new LingerOption(true, 0) };
        await client.ConnectAsync(address.Host, address.Port);
        string request = $"POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 900\r\n\r\n{{\"model\":\"microchat\",\"messages\":[";
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(request, 0, random.Next(1, request.Length)));
        report.Count("connection cut");
    }

    private static async Task RateAsync(HttpClient http, Random random, SoakReport report)
    {
        using HttpResponseMessage chat = await http.PostAsync("/api/chat", Json($$"""{"message":"Tell me about {{random.Next(1_000)}}","two":false}"""));
        string lines = await chat.Content.ReadAsStringAsync();
        Guid? reply = null;
        foreach (string line in lines.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            using JsonDocument json = JsonDocument.Parse(line);
            if (json.RootElement.TryGetProperty("event", out JsonElement name) && name.GetString() == "end")
            {
                reply = json.RootElement.GetProperty("reply").GetGuid();
            }
        }
        if (reply is not { } id)
        {
            Expect(chat, report, "page chat", chat.StatusCode == HttpStatusCode.TooManyRequests || lines.Contains("\"error\"", StringComparison.Ordinal));
            return;
        }
        for (int times = random.Next(1, 4); times > 0; times--)         // the last rating counts, and only it
        {
            int value = random.Next(2) == 0 ? 1 : -1;
            using HttpResponseMessage rated = await http.PostAsync("/api/rate", Json($$"""{"reply":"{{id}}","value":{{value}}}"""));
            Expect(rated, report, "rated", rated.IsSuccessStatusCode);
            if (rated.IsSuccessStatusCode)
            {
                report.Ratings[id] = value;
            }
        }
    }

    private static void Expect(HttpResponseMessage response, SoakReport report, string kind, bool wellFormed)
    {
        bool known = response.IsSuccessStatusCode || response.StatusCode is HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable;
        if (known && wellFormed)
        {
            report.Count(response.IsSuccessStatusCode ? kind : $"{kind}: {(int)response.StatusCode}");
        }
        else
        {
            report.Surprise($"{kind} got {(int)response.StatusCode}, {(wellFormed ? "well formed" : "ill formed")}");
        }
    }
}
