using System.Collections.Concurrent;
using System.Net;
using System.Text;
using System.Text.Json;

namespace MicroChat.Tests.Discord;

/// <summary>One request as the API got it.</summary>
internal sealed record ApiCall(HttpMethod Method, string Path, string? Authorization, string? UserAgent, string ContentType, byte[] Body)
{
    public string Text => Encoding.UTF8.GetString(Body);

    public JsonElement Json
    {
        get
        {
            using JsonDocument json = JsonDocument.Parse(Body);
            return json.RootElement.Clone();
        }
    }
}

/// <summary>A REST API that answers as the test says; null is no answer at all.</summary>
internal sealed class ScriptedApi(Func<ApiCall, int, HttpResponseMessage?> answer) : HttpMessageHandler
{
    private int _count;

    public ConcurrentQueue<ApiCall> Calls { get; } = new();

    /// <summary>Answers one after another; the last one again and again.</summary>
    public static ScriptedApi Of(params Func<HttpResponseMessage?>[] answers) => new((_, n) => answers[Math.Min(n, answers.Length - 1)]());

    public static HttpResponseMessage Json(HttpStatusCode status, string json, params (string Name, string Value)[] headers)
    {
        var response = new HttpResponseMessage(status) { Content = new StringContent(json, Encoding.UTF8, "application/json") };
        foreach ((string name, string value) in headers)
        {
            response.Headers.TryAddWithoutValidation(name, value);
        }
        return response;
    }

    public static HttpResponseMessage Message(params (string Name, string Value)[] headers) => Json(HttpStatusCode.OK, Wire.Message(), headers);

    public static HttpResponseMessage NoContent() => new(HttpStatusCode.NoContent);

    /// <summary>Headers of a bucket.</summary>
    public static (string Name, string Value)[] Bucket(string name, int limit, int remaining, double resetAfter) =>
    [
        ("X-RateLimit-Bucket", name), ("X-RateLimit-Limit", $"{limit}"), ("X-RateLimit-Remaining", $"{remaining}"), ("X-RateLimit-Reset-After", $"{resetAfter:0.000}"),
    ];

    public static HttpResponseMessage Limited(double bodySeconds, string header, string scope) => Json(
        HttpStatusCode.TooManyRequests,
        $$"""{"message":"You are being rate limited.","retry_after":{{bodySeconds:0.000}},"global":{{(scope == "global" ? "true" : "false")}}}""",
        ("Retry-After", header), ("X-RateLimit-Scope", scope));

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        byte[] body = request.Content is null ? [] : await request.Content.ReadAsByteArrayAsync(cancellationToken);
        var call = new ApiCall(
            request.Method, request.RequestUri!.PathAndQuery, request.Headers.Authorization?.ToString(), string.Join(' ', request.Headers.UserAgent),
            request.Content?.Headers.ContentType?.ToString() ?? "", body);
        Calls.Enqueue(call);
        HttpResponseMessage? response = answer(call, Interlocked.Increment(ref _count) - 1);
        if (response is null)
        {
            await Task.Delay(Timeout.Infinite, cancellationToken);
        }
        return response!;
    }
}
