using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using MicroChat.Discord.Simulator;
using MicroChat.Discord.Simulator.World;

namespace MicroChat.Tests.Discord;

/// <summary>A simulator with a small town in it, and a plain HTTP client that speaks as the bot.</summary>
internal sealed class SimulatorHarness : IAsyncDisposable
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly HttpClient http = new(new SocketsHttpHandler { PooledConnectionLifetime = TimeSpan.FromSeconds(30) });

    private SimulatorHarness(DiscordSimulator discord)
    {
        Discord = discord;
        Home = discord.World.AddGuild("home");
        General = discord.World.AddChannel(Home, "general");
        Alice = discord.World.AddUser("alice");
        discord.World.Join(Home, Alice);
        http.DefaultRequestHeaders.Add("User-Agent", "DiscordBot (https://example.org, 1)");
    }

    public DiscordSimulator Discord { get; }

    public DiscordWorld World => Discord.World;

    public SimGuild Home { get; }

    public SimChannel General { get; }

    public SimUser Alice { get; }

    public string Messages => $"/channels/{General.Id}/messages";

    /// <summary>Starts the simulator; limits do not hold and heartbeats may be left out unless the options say how.</summary>
    public static async Task<SimulatorHarness> StartAsync(SimulatorOptions? options = null)
    {
        options ??= new SimulatorOptions();
        return new SimulatorHarness(await DiscordSimulator.StartAsync(options with
        {
            RateLimits = options.RateLimits == new RateLimitOptions() ? new RateLimitOptions { Enabled = false } : options.RateLimits,
            HeartbeatGrace = options.HeartbeatGrace == new SimulatorOptions().HeartbeatGrace ? TimeSpan.FromHours(1) : options.HeartbeatGrace,
        }));
    }

    /// <summary>Sends a request as the bot.</summary>
    public Task<SimulatorReply> SendAsync(string method, string path, string? json = null, string? token = null) =>
        SendAsync(method, path, json is null ? null : new StringContent(json, System.Text.Encoding.UTF8, "application/json"), token);

    public Task<SimulatorReply> PostAsync(string text) =>
        SendAsync("POST", Messages, JsonSerializer.Serialize(new { content = text }));

    public async Task<SimulatorReply> SendAsync(string method, string path, HttpContent? content, string? token = null)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), Discord.ApiUrl + path) { Content = content };
        request.Headers.TryAddWithoutValidation("Authorization", token ?? "Bot " + Discord.Token);
        using HttpResponseMessage response = await http.SendAsync(request);
        string body = await response.Content.ReadAsStringAsync();
        bool isJson = response.Content.Headers.ContentType?.MediaType == "application/json";
        var headers = response.Headers.ToDictionary(h => h.Key.ToLowerInvariant(), h => string.Join(",", h.Value), StringComparer.Ordinal);
        return new SimulatorReply((int)response.StatusCode, isJson ? JsonNode.Parse(body) : null, headers, response.Content.Headers.ContentType?.ToString());
    }

    /// <summary>A gateway client that is not identified yet; HELLO has been read.</summary>
    public async Task<SimulatorSocket> ConnectAsync(string query = "?v=10&encoding=json")
    {
        SimulatorSocket socket = await SimulatorSocket.ConnectAsync(Discord.GatewayUrl + "/" + query);
        await socket.ExpectOpcodeAsync(10);
        return socket;
    }

    /// <summary>A gateway client with a session; READY and the guild have been read.</summary>
    public async Task<SimulatorSocket> LoginAsync(int intents = SimulatorSocket.AllIntents, string query = "?v=10&encoding=json")
    {
        SimulatorSocket socket = await ConnectAsync(query);
        await socket.IdentifyAsync(Discord.Token, intents);
        await socket.ExpectAsync("READY");
        await socket.ExpectAsync("GUILD_CREATE");
        return socket;
    }

    public async ValueTask DisposeAsync()
    {
        http.Dispose();
        await Discord.DisposeAsync();
    }
}

/// <summary>What came back from a request.</summary>
internal sealed record SimulatorReply(int Status, JsonNode? Body, IReadOnlyDictionary<string, string> Headers, string? ContentType)
{
    /// <summary>Discord's error code.</summary>
    public int Code => (int?)Body?["code"] ?? 0;

    /// <summary>The code of the first error at a field such as <c>embeds.0.title</c>.</summary>
    public string? ErrorAt(string path)
    {
        JsonNode? at = Body?["errors"];
        foreach (string part in path.Split('.', StringSplitOptions.RemoveEmptyEntries))
        {
            at = at?[part];
        }
        return (string?)at?["_errors"]?[0]?["code"];
    }
}
