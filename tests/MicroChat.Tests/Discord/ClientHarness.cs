using System.Net;
using System.Threading.Channels;
using MicroChat.Discord;
using MicroChat.Discord.Client;
using MicroChat.Discord.Port;
using Microsoft.Extensions.Logging;

namespace MicroChat.Tests.Discord;

/// <summary>A whole client between a gateway stub and a scripted API.</summary>
internal sealed class ClientHarness : IDiscordHandler, IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly Channel<DiscordEvent> _events = Channel.CreateUnbounded<DiscordEvent>();
    private readonly CancellationTokenSource _stop = new();
    private readonly HttpMessageInvoker _http;

    /// <summary>Makes a port.</summary>
    public delegate IDiscordPort Maker(DiscordOptions options, HttpMessageInvoker http, TimeProvider time, Random random, ILogger log);

    public ClientHarness(
        DiscordOptions? options = null, TimeProvider? time = null, Random? random = null, string limits = """{"total":1000,"remaining":999,"reset_after":14400000,"max_concurrency":1}""",
        Maker? make = null)
    {
        _http = new HttpMessageInvoker(new ScriptedApi((call, _) => call.Path.EndsWith("gateway/bot", StringComparison.Ordinal)
            ? ScriptedApi.Json(HttpStatusCode.OK, $$$"""{"url":"{{{Gateway.Address}}}","shards":1,"session_start_limit":{{{limits}}}}""")
            : ScriptedApi.Message()));
        make ??= (o, http, clock, draws, log) => new BuiltInClient(o, http, clock, draws, log);
        Port = make((options ?? new DiscordOptions()) with { Token = RestHarness.Token }, _http, time ?? TimeProvider.System, random ?? new FixedRandom(0), Log);
        Running = Port.RunAsync(this, _stop.Token);
    }

    public GatewayStub Gateway { get; } = new();

    public CapturingLog Log { get; } = new();

    public IDiscordPort Port { get; }

    public BuiltInClient Client => (BuiltInClient)Port;

    public Task Running { get; }

    /// <summary>What the handler does with every event before it is noted.</summary>
    public Func<DiscordEvent, ValueTask> OnEvent { get; set; } = _ => ValueTask.CompletedTask;

    public async ValueTask HandleAsync(DiscordEvent happened, CancellationToken stop)
    {
        await OnEvent(happened);
        await _events.Writer.WriteAsync(happened, CancellationToken.None);
    }

    /// <summary>The next event of a kind; others are dropped.</summary>
    public async Task<T> EventAsync<T>()
        where T : DiscordEvent
    {
        using var limit = new CancellationTokenSource(Limit);
        while (true)
        {
            if (await _events.Reader.ReadAsync(limit.Token) is T wanted)
            {
                return wanted;
            }
        }
    }

    public Task StopAsync()
    {
        _stop.Cancel();
        return Running.WaitAsync(Limit);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Running.WaitAsync(Limit).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await Port.DisposeAsync();
        Gateway.Dispose();
        _http.Dispose();
        _stop.Dispose();
    }
}
