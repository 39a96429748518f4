using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using MicroChat.Discord.Simulator.Failures;
using MicroChat.Discord.Simulator.Gateway;
using MicroChat.Discord.Simulator.Journals;
using MicroChat.Discord.Simulator.Json;
using MicroChat.Discord.Simulator.World;
using Microsoft.AspNetCore.Http;

namespace MicroChat.Discord.Simulator.Rest;

/// <summary>Answers <c>/api/v10</c>: failure scripts first, then the caller's right, the limits, and the route.</summary>
internal sealed class RestServer
{
    private const int JournalCharacters = 8_192;

    private readonly DiscordWorld world;
    private readonly GatewayHub hub;
    private readonly Journal journal;
    private readonly RestFaults faults;
    private readonly RateLimiter limiter;
    private readonly Routes routes;

    public RestServer(DiscordWorld world, GatewayHub hub, Journal journal, RestFaults faults)
    {
        (this.world, this.hub, this.journal, this.faults) = (world, hub, journal, faults);
        limiter = new RateLimiter(world.Options.RateLimits, world.Options.Time);
        routes = new Routes(limiter);
    }

    /// <summary>Serves one request and writes it into the journal.</summary>
    /// <param name="path">The decoded segments after the version.</param>
    public async Task ServeAsync(HttpContext context, string[] path)
    {
        var request = new Exchange { Time = world.Now, Method = context.Request.Method, Path = context.Request.Path + context.Request.QueryString };
        try
        {
            Answer? answer = await AnswerAsync(context, path, request);
            if (answer is not null)
            {
                request.Status = answer.Status;
                Note(request);
                await WriteAsync(context, answer);
                return;
            }
        }
        catch (DiscordFault e)
        {
            (request.Status, request.ErrorCode) = (e.Status, e.Code);
            Note(request);
            await WriteAsync(context, new Answer(e.Status, e.ToJson()));
            return;
        }
        catch (Exception e) when (e is IOException or BadHttpRequestException or OperationCanceledException)
        {
            request.Detail = "the caller was gone before the request had come";
        }
        catch (Exception e)                     // a fault of the simulator must be seen as one, not as the bot's
        {
            (request.Status, request.IsScripted, request.Detail) = (500, false, $"{JournalEntry.SimulatorFault}: {e}");
            Note(request);
            await WriteAsync(context, new Answer(500, null));
            return;
        }
        Note(request);
        context.Abort();
    }

    /// <summary>The answer; null: cut the connection.</summary>
    private async Task<Answer?> AnswerAsync(HttpContext context, string[] path, Exchange request)
    {
        (Route route, Dictionary<string, string> values) = routes.Find(context.Request.Method, path);
        request.Route = route.Name;
        (JsonDocument? json, IReadOnlyList<UploadedFile> files) = await BodyReader.ReadAsync(context.Request, context.RequestAborted);
        using (json)
        {
            request.Body = Shorten((json?.RootElement.GetRawText() ?? "") + string.Concat(files.Select(f => $" +{f.FileName} ({f.Content.Length} bytes)")));
            if (faults.Delay(route.Name) is { Ticks: > 0 } delay)
            {
                await Task.Delay(delay, world.Options.Time, context.RequestAborted);
            }
            RestFault? fault = faults.Next(route.Name);
            if (fault is not null && !fault.CutsAfterwards)
            {
                request.IsScripted = true;
                return fault.Cuts ? null : Scripted(context, fault);
            }
            Answer answer = Handle(context, route, values, json, files, request);
            request.IsScripted = fault is not null;
            return fault is null ? answer : null;
        }
    }

    private Answer Handle(
        HttpContext context, Route route, Dictionary<string, string> values, JsonDocument? json, IReadOnlyList<UploadedFile> files, Exchange request)
    {
        try
        {
            lock (world.Gate)
            {
                RefuseCaller(context.Request, route);
                if (Limited(context, route, values, request) is { } refused)
                {
                    return refused;
                }
                var errors = new FormErrors();
                JsonElement root = json?.RootElement ?? default;
                return route.Handle(new Call
                {
                    World = world,
                    Hub = hub,
                    Values = values,
                    Query = context.Request.Query.ToDictionary(q => q.Key, q => q.Value.ToString(), StringComparer.Ordinal),
                    Body = new Form(root, "", errors),
                    List = root.ValueKind == JsonValueKind.Array ? Items(root, errors) : null,
                    Files = files,
                });
            }
        }
        finally
        {
            world.Pulse.Beat();
        }
    }

    private void RefuseCaller(HttpRequest request, Route route)
    {
        if (limiter.IsShutOut)
        {
            throw new DiscordFault(429, 0, "You are being blocked from accessing our API temporarily due to exceeding our rate limits frequently.");
        }
        if (world.Options.RequireUserAgent && !request.Headers.UserAgent.ToString().StartsWith("DiscordBot (", StringComparison.Ordinal))
        {
            throw new DiscordFault(403, 40333, "internal network error: the User-Agent must be DiscordBot ($url, $version)");
        }
        if (route.NeedsToken && request.Headers.Authorization.ToString() != "Bot " + world.Token)
        {
            throw DiscordFault.Unauthorized;
        }
    }

    private Answer? Limited(HttpContext context, Route route, Dictionary<string, string> values, Exchange request)
    {
        RateVerdict verdict = limiter.Take(route, values);
        IHeaderDictionary headers = context.Response.Headers;
        headers["X-RateLimit-Limit"] = Number(verdict.Limit);
        headers["X-RateLimit-Remaining"] = Number(verdict.Remaining);
        headers["X-RateLimit-Reset"] = Number(verdict.Reset.ToUnixTimeMilliseconds() / 1000.0);
        headers["X-RateLimit-Reset-After"] = Number(Math.Max(0, verdict.ResetAfter.TotalSeconds));
        headers["X-RateLimit-Bucket"] = verdict.Bucket;
        if (verdict.Scope is not { } scope)
        {
            return null;
        }
        request.Detail = scope.ToString();
        return TooMany(context, scope, verdict.RetryAfter);
    }

    private static Answer TooMany(HttpContext context, RateLimitScope scope, TimeSpan retryAfter)
    {
        IHeaderDictionary headers = context.Response.Headers;
        headers["X-RateLimit-Scope"] = scope.ToString().ToLowerInvariant();
        headers.RetryAfter = Number(Math.Ceiling(retryAfter.TotalSeconds));
        if (scope == RateLimitScope.Global)
        {
            headers["X-RateLimit-Global"] = "true";
            foreach (string name in (string[])["X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset", "X-RateLimit-Reset-After", "X-RateLimit-Bucket"])
            {
                headers.Remove(name);
            }
        }
        return new Answer(429, new JsonObject
        {
            ["message"] = scope == RateLimitScope.Shared ? "The resource is being rate limited." : "You are being rate limited.",
            ["retry_after"] = Math.Round(Math.Max(0, retryAfter.TotalSeconds), 3),
            ["global"] = scope == RateLimitScope.Global,
        });
    }

    private Answer Scripted(HttpContext context, RestFault fault)
    {
        if (fault.Scope is not { } scope)
        {
            return fault.Code == 0 && fault.Status >= 500
                ? new Answer(fault.Status, null)
                : new Answer(fault.Status, new DiscordFault(fault.Status, fault.Code, fault.Message).ToJson());
        }
        context.Response.Headers["X-RateLimit-Limit"] = "5";
        context.Response.Headers["X-RateLimit-Remaining"] = "0";
        context.Response.Headers["X-RateLimit-Reset"] = Number((world.Now + fault.RetryAfter).ToUnixTimeMilliseconds() / 1000.0);
        context.Response.Headers["X-RateLimit-Reset-After"] = Number(fault.RetryAfter.TotalSeconds);
        context.Response.Headers["X-RateLimit-Bucket"] = "scripted";
        return TooMany(context, scope, fault.RetryAfter);
    }

    private void Note(Exchange request)
    {
        JournalEntry entry = request.ToEntry();
        if (entry is { Status: 401 or 403 or 429, IsScripted: false })
        {
            lock (world.Gate)
            {
                limiter.NoteInvalid();
            }
        }
        journal.Add(entry);
    }

    private static async Task WriteAsync(HttpContext context, Answer answer)
    {
        context.Response.StatusCode = answer.Status;
        if (answer.Body is null)
        {
            if (answer.Status >= 500)
            {
                context.Response.ContentType = "text/html";
                await context.Response.WriteAsync($"<html><head><title>{answer.Status}</title></head></html>", context.RequestAborted);
            }
            return;
        }
        byte[] body = Text.Utf8(answer.Body);
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = body.Length;
        await context.Response.Body.WriteAsync(body, context.RequestAborted);
    }

    private static List<Form> Items(JsonElement root, FormErrors errors) =>
        [.. root.EnumerateArray().Select((item, i) => new Form(item, i.ToString(CultureInfo.InvariantCulture), errors))];

    private static string Shorten(string body) => body.Length > JournalCharacters ? body[..JournalCharacters] : body;

    private static string Number(double value) => value.ToString("0.###", CultureInfo.InvariantCulture);

    /// <summary>What the journal will say about a request.</summary>
    private sealed class Exchange
    {
        public required DateTimeOffset Time { get; init; }

        public required string Method { get; init; }

        public required string Path { get; init; }

        public string? Route { get; set; }

        public string Body { get; set; } = "";

        public int Status { get; set; }

        public int ErrorCode { get; set; }

        public bool IsScripted { get; set; }

        public string Detail { get; set; } = "";

        public JournalEntry ToEntry() => new()
        {
            Time = Time,
            Kind = JournalKind.Rest,
            Route = Route ?? $"{Method} ?",
            Path = Path,
            Body = Body,
            Status = Status,
            ErrorCode = ErrorCode,
            IsScripted = IsScripted,
            Detail = Detail,
        };
    }
}
