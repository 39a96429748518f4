using System.Net.Http.Json;
using System.Text.Json;
using MicroChat.Chat.Registry;
using MicroChat.Chat.Serving;
using MicroChat.Feedback;
using MicroChat.Hosting;
using MicroChat.Options;
using MicroChat.Tests.Chat.Serving;
using MicroChat.Tests.Cycles;
using MicroChat.Tests.Program.Web;
using MicroChat.Tests.Training;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace MicroChat.Tests.Program.Trials;

/// <summary>The real host with real models on disk: a trial that another program starts, and a promotion, while people chat.</summary>
public sealed class HostTrialTests : IAsyncLifetime
{
    private readonly PreferenceTinyRun _tiny = new(pairs: 1);
    private WebApplication _app = null!;
    private HttpClient _client = null!;

    private string Models => Path.Combine(_tiny.Folder, "models");

    private Engine Engine => (Engine)_app.Services.GetRequiredService<MicroChat.Chat.IReplyGenerator>();

    public async ValueTask InitializeAsync()
    {
        CycleBench.CopyModel(_tiny.Model, Models);
        string staged = Path.Combine(_tiny.Folder, "staged");
        CycleBench.CopyModel(_tiny.Model, staged);
        new ModelRegistry(Models, TimeProvider.System).Add(staged, 0, "40 votes", new Dictionary<string, double>());
        long seed = 0;
        var program = new ProgramContext
        {
            Terminal = new FakeTerminal(), Time = TimeProvider.System, BaseFolder = _tiny.Folder, Variable = _ => null, LoadModel = _ => throw new InvalidOperationException(),
            LoadForServing = (folder, options) => ModelLoader.Load(folder, options, TimeProvider.System), NewSeed = () => Interlocked.Increment(ref seed), DataFolder = Path.Combine(_tiny.Folder, "data"),
        };
        _app = WebHost.Build(program, new AppOptions
        {
            Server = new ServerOptions { Port = 0, DrainSeconds = 1 }, Logging = new LoggingOptions { Level = LogLevel.None }, Page = new PageOptions { RunsFolder = Path.Combine(_tiny.Folder, "runs") },
            Canary = new CanaryOptions { Automatic = false, Share = 0.5, MostExposed = 1, CheckEvery = TimeSpan.FromMilliseconds(100) },
        });
        await _app.StartAsync();
        _client = new HttpClient { BaseAddress = WebHost.Address(_app) };
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
        _tiny.Dispose();
    }

    [Fact]
    public async Task A_trial_started_elsewhere_takes_its_share_on_page_and_api_and_a_promotion_everyone()
    {
        Assert.Single((await FingerprintsAsync(8)).Distinct());
        var other = new ModelRegistry(Models, TimeProvider.System);
        other.StartCanary(1);
        await EngineTests.Eventually(() => _app.Services.GetRequiredService<Generations>().Live!.Route is not null);
        Assert.Equal(["0", "1"], Engine.Versions);
        string[] tried = await FingerprintsAsync(24);
        Assert.Equal(2, tried.Distinct().Count());
        Assert.Equal(tried, await FingerprintsAsync(24));
        var recorded = new SortedSet<string>();
        for (int i = 0; i < 12; i++)
        {
            recorded.Add(await PageAsync($"the cat {i}"));
        }
        Assert.Equal(["models@0", "models@1"], recorded);
        other.Promote(1);
        await EngineTests.Eventually(() => Engine.Info.Version == "1");
        Assert.Equal("models@1", await PageAsync("the cat"));
        Assert.Single((await FingerprintsAsync(8)).Distinct());
        JsonElement loop = await _client.GetFromJsonAsync<JsonElement>("/api/operator/loop");
        Assert.Equal(["promoted", "trial-started"], loop.GetProperty("decisions").EnumerateArray().Select(decision => decision.GetProperty("kind").GetString()));
        HttpResponseMessage back = await _client.PostAsJsonAsync("/api/operator/loop/roll-back", new { });
        Assert.Equal(["0"], (await back.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("generations").EnumerateArray()
            .Where(generation => generation.GetProperty("state").GetString() == "live").Select(generation => $"{generation.GetProperty("number").GetInt32()}"));
        Assert.Equal("models@0", await PageAsync("the dog"));
    }

    /// <summary>What the API says of the model that replied in conversations with different beginnings.</summary>
    private async Task<string[]> FingerprintsAsync(int count)
    {
        var found = new List<string>();
        for (int i = 0; i < count; i++)
        {
            HttpResponseMessage response = await _client.PostAsJsonAsync("/v1/chat/completions",
                new { model = "microchat", max_tokens = 2, messages = new[] { new { role = "user", content = $"the cat {i}" } } });
            found.Add((await response.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("system_fingerprint").GetString()!);
        }
        return [.. found];
    }

    /// <summary>A message on the page; the generation that its exchange is recorded under.</summary>
    private async Task<string> PageAsync(string message)
    {
        IReadOnlyList<JsonElement> lines = await WebHarness.ChatAsync(_client, new { message });
        JsonElement reply = WebHarness.Events(lines, "start").Single().GetProperty("replies")[0];
        ExchangeRecord? kept = await _app.Services.GetRequiredService<IFeedbackStore>().FindExchangeAsync(reply.GetProperty("id").GetGuid(), default);
        Assert.Equal(reply.GetProperty("generation").GetString(), kept?.ModelVersion ?? reply.GetProperty("generation").GetString());
        return reply.GetProperty("generation").GetString()!;
    }
}
