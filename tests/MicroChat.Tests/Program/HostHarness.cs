using System.Net;
using System.Text;
using System.Text.Json;
using MicroChat.Chat.Decorators;
using MicroChat.Hosting;
using MicroChat.Options;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Logging;

namespace MicroChat.Tests.Program;

/// <summary>A host on a free port with a fake model and folders of its own, and a client that talks to it.</summary>
internal sealed class HostHarness : IAsyncDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("microchat-host-").FullName;
    private WebApplication? app;

    public ApiFake Model { get; } = new();

    public HttpClient Client { get; } = new(new SocketsHttpHandler { AllowAutoRedirect = false });

    public string DataFolder => Path.Combine(folder, "data");

    public Uri Address { get; private set; } = null!;

    public WebApplication App => app!;

    public ProgramContext Program => new()
    {
        Terminal = new FakeTerminal(),
        Time = TimeProvider.System,
        BaseFolder = folder,
        Variable = _ => null,
        LoadModel = _ => Model,
        NewSeed = () => 1234,
        DataFolder = DataFolder,
    };

    public static async Task<HostHarness> StartAsync(Func<ServerOptions, ServerOptions>? change = null, UsageLimits? limits = null)
    {
        var harness = new HostHarness();
        string models = Directory.CreateDirectory(Path.Combine(harness.folder, "models")).FullName;
        await File.WriteAllTextAsync(Path.Combine(models, "config.json"), "{}");
        var options = new AppOptions
        {
            Server = (change ?? (o => o))(new ServerOptions { Port = 0, DrainSeconds = 1 }),
            Limits = limits ?? new UsageLimits(),
            Logging = new LoggingOptions { Level = LogLevel.None },
        };
        harness.app = WebHost.Build(harness.Program, options);
        try
        {
            await WebHost.StartAsync(harness.app, options.Server, CancellationToken.None);
        }
        catch
        {
            await harness.DisposeAsync();
            throw;
        }
        harness.Address = WebHost.Address(harness.app);
        harness.Client.BaseAddress = harness.Address;
        return harness;
    }

    /// <summary>Posts a body to /v1/….</summary>
    public Task<HttpResponseMessage> PostAsync(string path, string json, CancellationToken cancellationToken = default) =>
        Client.SendAsync(Request(path, json), HttpCompletionOption.ResponseHeadersRead, cancellationToken);

    public static HttpRequestMessage Request(string path, string json) => new(HttpMethod.Post, "/v1/" + path)
    {
        Content = new StringContent(json, Encoding.UTF8, "application/json"),
    };

    /// <summary>Posts to chat/completions and reads the answer.</summary>
    public async Task<(HttpStatusCode Status, JsonElement Body)> ChatAsync(string json)
    {
        using HttpResponseMessage response = await PostAsync("chat/completions", json);
        return (response.StatusCode, await ReadAsync(response));
    }

    public static async Task<JsonElement> ReadAsync(HttpResponseMessage response) =>
        JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement.Clone();

    /// <summary>The data of all events of a stream.</summary>
    public static async Task<List<string>> EventsAsync(HttpResponseMessage response)
    {
        string text = await response.Content.ReadAsStringAsync();
        return [.. text.Split("\n\n", StringSplitOptions.RemoveEmptyEntries).Select(e => e["data: ".Length..])];
    }

    public async ValueTask DisposeAsync()
    {
        if (app is not null)
        {
            await app.StopAsync();
            await app.DisposeAsync();
        }
        Client.Dispose();
        Directory.Delete(folder, recursive: true);
    }
}
