using System.Diagnostics.Metrics;

namespace MicroChat.Chat.Serving;

/// <summary>The engine's figures, on the meter <see cref="MeterName"/>.</summary>
internal sealed class EngineMetrics : IDisposable
{
    public const string MeterName = "MicroChat";

    private readonly Meter _meter = new(MeterName);
    private readonly Counter<long> _generated, _prompt, _cached;
    private readonly Histogram<double> _firstToken, _perToken, _queueWait;

    public EngineMetrics(Func<int> queued, Func<int> running)
    {
        _generated = _meter.CreateCounter<long>("microchat.tokens.generated", "{token}", "Tokens of replies.");
        _prompt = _meter.CreateCounter<long>("microchat.tokens.prompt", "{token}", "Tokens of prompts, the cached ones included.");
        _cached = _meter.CreateCounter<long>("microchat.tokens.cached", "{token}", "Tokens of prompts that were in the cache.");
        _firstToken = _meter.CreateHistogram<double>("microchat.time_to_first_token", "s", "From taking a request in to its first token.");
        _perToken = _meter.CreateHistogram<double>("microchat.time_per_token", "s", "Of a reply after its first token.");
        _queueWait = _meter.CreateHistogram<double>("microchat.queue.wait", "s", "From taking a request in to beginning with it.");
        _meter.CreateObservableGauge("microchat.queue.length", queued, "{request}", "Requests that wait.");
        _meter.CreateObservableGauge("microchat.replies.running", running, "{reply}", "Replies that are being computed.");
    }

    public void Started(TimeSpan wait) => _queueWait.Record(wait.TotalSeconds);

    public void Generated() => _generated.Add(1);

    public void FirstToken(TimeSpan sinceQueued, int promptTokens, int cachedTokens)
    {
        _firstToken.Record(sinceQueued.TotalSeconds);
        _prompt.Add(promptTokens);
        _cached.Add(cachedTokens);
    }

    /// <summary>Called at the end of a reply with the time from its first to its last token.</summary>
    public void Ended(TimeSpan sinceFirst, int tokens)
    {
        if (tokens > 1)
        {
            _perToken.Record(sinceFirst.TotalSeconds / (tokens - 1));
        }
    }

    public void Dispose() => _meter.Dispose();
}
