using System.Text.Json.Nodes;
using MicroChat.Discord.Simulator.Journals;
using MicroChat.Discord.Simulator.Json;
using Microsoft.AspNetCore.Http;

namespace MicroChat.Discord.Simulator.Scripting;

/// <summary>
/// <c>POST /simulator/script</c> runs lines of text and returns a list of results; <c>GET /simulator/journal</c> shows what the bot did.
/// Both ask for the bot's token, and neither is part of Discord.
/// </summary>
internal sealed class ScriptEndpoint(DiscordSimulator simulator)
{
    private const int MostCharacters = 1 << 20;
    private const int MostEntries = 1_000;

    private readonly Lazy<Script> script = new(() => new Script(simulator));

    public async Task ServeAsync(HttpContext context, string[] route)
    {
        if (context.Request.Headers.Authorization.ToString() != "Bot " + simulator.Token)
        {
            context.Response.StatusCode = StatusCodes.Status401Unauthorized;
            return;
        }
        JsonNode? answer = (context.Request.Method, route) switch
        {
            ("POST", ["script"]) => await RunAsync(context),
            ("GET", ["journal"]) => ShowJournal(),
            _ => null,
        };
        if (answer is null)
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }
        context.Response.ContentType = "application/json";
        await context.Response.Body.WriteAsync(Text.Utf8(answer), context.RequestAborted);
    }

    private async Task<JsonArray> RunAsync(HttpContext context)
    {
        using var reader = new StreamReader(context.Request.Body);
        char[] text = new char[MostCharacters];
        int length = await reader.ReadBlockAsync(text, context.RequestAborted);
        var results = new JsonArray();
        foreach (string line in new string(text, 0, length).Split('\n'))
        {
            ScriptResult result = await script.Value.RunAsync(line, context.RequestAborted);
            results.Add(new JsonObject { ["ok"] = result.IsDone, ["text"] = result.Text, ["id"] = Text.OrNull(result.Id) });
        }
        return results;
    }

    private JsonObject ShowJournal()
    {
        Journal journal = simulator.Journal;
        return new JsonObject
        {
            ["requests"] = journal.Requests,
            ["unexpected_rate_limits"] = journal.UnexpectedRateLimits,
            ["scripted_rate_limits"] = journal.ScriptedRateLimits,
            ["invalid_requests"] = journal.InvalidRequests,
            ["simulator_faults"] = journal.SimulatorFaults,
            ["heartbeats"] = journal.Heartbeats,
            ["worst_heartbeat_lateness_ms"] = journal.WorstHeartbeatLateness.TotalMilliseconds,
            ["identifies"] = journal.Identifies,
            ["resumes"] = journal.Resumes,
            ["entries"] = Text.Array(journal.Entries.TakeLast(MostEntries).Select(Show)),
        };
    }

    private static JsonObject Show(JournalEntry entry) => new()
    {
        ["time"] = Text.Of(entry.Time),
        ["kind"] = entry.Kind.ToString(),
        ["route"] = entry.Route,
        ["path"] = entry.Path,
        ["status"] = entry.Status,
        ["code"] = entry.ErrorCode,
        ["shard"] = entry.Shard,
        ["scripted"] = entry.IsScripted,
        ["body"] = entry.Body,
        ["detail"] = entry.Detail,
    };
}
