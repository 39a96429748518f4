using System.Net;
using MicroChat.Discord.Simulator.Failures;
using MicroChat.Discord.Simulator.Gateway;
using MicroChat.Discord.Simulator.Journals;
using MicroChat.Discord.Simulator.Rest;
using MicroChat.Discord.Simulator.Scripting;
using MicroChat.Discord.Simulator.World;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace MicroChat.Discord.Simulator;

/// <summary>
/// Discord in a box: a gateway and a REST API on a loopback port, a world behind them in which tests and operators act as members, failures to
/// order, and a journal of what the bot did.
/// </summary>
/// <example><code>
/// await using DiscordSimulator discord = await DiscordSimulator.StartAsync(new SimulatorOptions());
/// SimChannel general = discord.World.AddChannel(discord.World.AddGuild("home"), "general");
/// // start the bot with discord.ApiUrl (or discord.GatewayUrl) and discord.Token
/// SimMessage question = discord.World.Say(discord.World.AddUser("alice"), general, $"{discord.World.Bot.Mention} hello");
/// await discord.World.WaitForAsync(w => general.Messages.Any(m => m.ReplyTo == question.Id), TimeSpan.FromSeconds(10));
/// </code></example>
public sealed class DiscordSimulator : IAsyncDisposable
{
    private const int MostConnections = 2_000;

    private readonly WebApplication app;
    private readonly CancellationTokenSource stop = new();
    private readonly GatewayHub hub;
    private readonly RestServer rest;
    private readonly ScriptEndpoint scripts;

    private DiscordSimulator(SimulatorOptions options)
    {
        Options = options;
        World = new DiscordWorld(options);
        Journal = new Journal(options.JournalEntries);
        hub = new GatewayHub(World, Journal);
        var faults = new RestFaults();
        rest = new RestServer(World, hub, Journal, faults);
        Failures = new FailureScripts(World, hub, faults);
        scripts = new ScriptEndpoint(this);
        app = Build(options);
    }

    public SimulatorOptions Options { get; }

    /// <summary>What is there, and what people do.</summary>
    public DiscordWorld World { get; }

    /// <summary>What the bot did.</summary>
    public Journal Journal { get; }

    /// <summary>What goes wrong.</summary>
    public FailureScripts Failures { get; }

    /// <summary>The bot's token.</summary>
    public string Token => World.Token;

    /// <summary>The server's root, such as <c>http://127.0.0.1:40123</c>.</summary>
    public string Url { get; private set; } = "";

    /// <summary>Base of the REST API, version included and without a slash at the end.</summary>
    public string ApiUrl => Url + "/api/v10";

    /// <summary>The gateway, without the query.</summary>
    public string GatewayUrl => hub.Url;

    /// <summary>Gateway connections that have a session.</summary>
    public int ConnectedShards => World.Read(_ => hub.Sessions.Count(s => s.Connection is { IsClosing: false }));

    /// <summary>Called with every line about what happens, for people who watch.</summary>
    public event Action<string>? Narrated;

    /// <summary>Starts listening.</summary>
    /// <exception cref="IOException">The port cannot be had.</exception>
    public static async Task<DiscordSimulator> StartAsync(SimulatorOptions options, CancellationToken cancellationToken = default)
    {
        var simulator = new DiscordSimulator(options);
        try
        {
            await simulator.app.StartAsync(cancellationToken);
        }
        catch
        {
            await simulator.DisposeAsync();
            throw;
        }
        simulator.Url = simulator.app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        simulator.hub.Url = "ws" + simulator.Url["http".Length..];
        simulator.World.FilesUrl = simulator.Url;
        simulator.World.Narrate = line => simulator.Narrated?.Invoke(line);
        return simulator;
    }

    /// <summary>Waits until so many shards have a session.</summary>
    public Task<bool> WaitForShardsAsync(int shards, TimeSpan patience, CancellationToken cancellationToken = default) =>
        World.WaitForAsync(_ => ConnectedShards >= shards, patience, cancellationToken);

    /// <summary>Ends all connections and stops.</summary>
    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await app.DisposeAsync();
        stop.Dispose();
    }

    private WebApplication Build(SimulatorOptions options)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxConcurrentConnections = MostConnections;
            kestrel.Limits.MaxRequestBodySize = null;           // the body reader has the limit, with Discord's own error
            kestrel.Limits.MinRequestBodyDataRate = null;
            kestrel.Listen(IPAddress.Parse(options.Address), options.Port);
        });
        WebApplication built = builder.Build();
        built.UseWebSockets(new WebSocketOptions { KeepAliveInterval = TimeSpan.Zero });
        built.Run(ServeAsync);
        return built;
    }

    private Task ServeAsync(HttpContext context)
    {
        string[] path = [.. (context.Request.Path.Value ?? "").Split('/', StringSplitOptions.RemoveEmptyEntries)];
        if (context.WebSockets.IsWebSocketRequest)
        {
            return ServeGatewayAsync(context);
        }
        switch (path)
        {
            case ["api", "v9" or "v10", .. string[] route]:
                return rest.ServeAsync(context, route);
            case ["attachments", string channel, string id, _]:
                return ServeFileAsync(context, channel, id);
            case ["simulator", .. string[] route]:
                return scripts.ServeAsync(context, route);
            default:
                context.Response.StatusCode = StatusCodes.Status404NotFound;
                return Task.CompletedTask;
        }
    }

    private async Task ServeGatewayAsync(HttpContext context)
    {
        IQueryCollection query = context.Request.Query;
        string compress = query["compress"].ToString();
        if (query["encoding"].ToString() is not ("" or "json") || compress is not ("" or "zlib-stream"))
        {
            context.Response.StatusCode = StatusCodes.Status400BadRequest;      // etf and zstd-stream are not spoken here
            return;
        }
        using System.Net.WebSockets.WebSocket socket = await context.WebSockets.AcceptWebSocketAsync();
        await hub.ServeAsync(socket, query["v"].ToString(), compress.Length > 0, stop.Token);
    }

    private async Task ServeFileAsync(HttpContext context, string channel, string id)
    {
        SimAttachment? file = World.Read(w => Form.ReadId(channel) is { } at
            ? w.FindChannel(at)?.Messages.SelectMany(m => m.Attachments).FirstOrDefault(a => a.Id == Form.ReadId(id)) : null);
        if (file is null || file.Content.Length == 0)
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }
        context.Response.ContentType = file.ContentType;
        await context.Response.Body.WriteAsync(file.Content, context.RequestAborted);
    }
}
