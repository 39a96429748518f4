using System.Net.Http.Json;
using System.Text.Json;
using MicroChat.Feedback;
using MicroChat.Hosting;
using MicroChat.Options;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace MicroChat.Tests.Program.Web;

/// <summary>A host with a scripted model, a real store and a port of its own; every client is another visitor.</summary>
internal sealed class WebHarness : IAsyncDisposable
{
    private readonly List<HttpClient> clients = [];
    private long seed;

    private WebHarness(Func<AppOptions, AppOptions> change)
    {
        File.WriteAllText(Path.Combine(Directory.CreateDirectory(Path.Combine(Folder, "models")).FullName, "config.json"), "{}");
        File.WriteAllText(Path.Combine(Folder, "models", "README.md"), "A model for **tests**");
        var program = new ProgramContext
        {
            Terminal = new FakeTerminal(),
            Time = TimeProvider.System,
            BaseFolder = Folder,
            Variable = _ => null,
            LoadModel = _ => Model,
            NewSeed = () => Interlocked.Increment(ref seed),
            DataFolder = Path.Combine(Folder, "data"),
        };
        var options = new AppOptions
        {
            Server = new ServerOptions { Port = 0 },
            Logging = new LoggingOptions { Level = Microsoft.Extensions.Logging.LogLevel.None },
            Page = new PageOptions { RunsFolder = Runs },
        };
        App = WebHost.Build(program, change(options));
    }

    public string Folder { get; } = Directory.CreateTempSubdirectory("microchat-web-").FullName;

    public string Runs => Path.Combine(Folder, "runs");

    public ScriptedModel Model { get; } = new();

    public WebApplication App { get; }

    public Uri Address => WebHost.Address(App);

    public IFeedbackStore Store => App.Services.GetRequiredService<IFeedbackStore>();

    public static async Task<WebHarness> StartAsync(Func<AppOptions, AppOptions>? change = null)
    {
        var harness = new WebHarness(change ?? (options => options));
        await harness.App.StartAsync();
        return harness;
    }

    /// <summary>A browser of its own: a jar for cookies.</summary>
    public HttpClient NewVisitor()
    {
        var client = new HttpClient(new SocketsHttpHandler()) { BaseAddress = Address };
        clients.Add(client);
        return client;
    }

    /// <summary>Sends a message; all lines of the streamed answer.</summary>
    public static async Task<IReadOnlyList<JsonElement>> ChatAsync(HttpClient visitor, object body, string path = "/api/chat")
    {
        HttpResponseMessage response = await visitor.PostAsJsonAsync(path, body);
        string text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, $"{(int)response.StatusCode} {text}");
        return [.. text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement)];
    }

    public static IEnumerable<JsonElement> Events(IEnumerable<JsonElement> lines, string name) => lines.Where(l => l.GetProperty("event").GetString() == name);

    public static async Task<JsonElement> GetAsync(HttpClient visitor, string path) => await visitor.GetFromJsonAsync<JsonElement>(path);

    public async ValueTask DisposeAsync()
    {
        clients.ForEach(client => client.Dispose());
        await App.DisposeAsync();
        Directory.Delete(Folder, recursive: true);
    }
}
