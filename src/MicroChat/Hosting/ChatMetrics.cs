using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace MicroChat.Hosting;

/// <summary>The host's own numbers: replies, tokens, waits, ratings. Meter and activity source are both called "MicroChat".</summary>
internal sealed class ChatMetrics
{
    /// <summary>Name of meter and activity source.</summary>
    public const string SourceName = "MicroChat";

    private const string OutcomeTag = "outcome";

    private readonly Counter<long> replies;
    private readonly Counter<long> promptTokens;
    private readonly Counter<long> cachedTokens;
    private readonly Counter<long> replyTokens;
    private readonly Counter<long> ratings;
    private readonly UpDownCounter<long> running;
    private readonly Histogram<double> queueWait;
    private readonly Histogram<double> firstToken;
    private readonly Histogram<double> duration;
    private readonly Histogram<double> speed;

    public ChatMetrics(IMeterFactory factory)
    {
        Meter meter = factory.Create(SourceName);
        replies = meter.CreateCounter<long>("microchat.replies", "{reply}", "Replies that ended, by outcome.");
        promptTokens = meter.CreateCounter<long>("microchat.prompt.tokens", "{token}", "Tokens of prompts.");
        cachedTokens = meter.CreateCounter<long>("microchat.prompt.cached_tokens", "{token}", "Tokens of prompts that were in the cache already.");
        replyTokens = meter.CreateCounter<long>("microchat.reply.tokens", "{token}", "Tokens of replies.");
        ratings = meter.CreateCounter<long>("microchat.ratings", "{rating}", "Ratings that were saved, by value.");
        running = meter.CreateUpDownCounter<long>("microchat.replies.running", "{reply}", "Replies that are asked for and have not ended.");
        queueWait = meter.CreateHistogram<double>("microchat.queue.duration", "s", "From asking to the beginning of work.");
        firstToken = meter.CreateHistogram<double>("microchat.first_token.duration", "s", "From asking to the first token.");
        duration = meter.CreateHistogram<double>("microchat.reply.duration", "s", "From asking to the end.");
        speed = meter.CreateHistogram<double>("microchat.reply.speed", "{token}/s", "Tokens per second after the first token.");
        meter.CreateObservableGauge("microchat.process.memory", () => Environment.WorkingSet, "By", "Resident memory of the process.");
    }

    /// <summary>Where spans of replies come from.</summary>
    public static ActivitySource Source { get; } = new(SourceName);

    public void Began() => running.Add(1);

    public void WaitedInQueue(TimeSpan time) => queueWait.Record(time.TotalSeconds);

    public void FirstToken(TimeSpan time) => firstToken.Record(time.TotalSeconds);

    public void Tokens(int prompt, int cached, int reply)
    {
        promptTokens.Add(prompt);
        cachedTokens.Add(cached);
        replyTokens.Add(reply);
    }

    public void Speed(double tokensPerSecond) => speed.Record(tokensPerSecond);

    /// <param name="outcome">One of a few words: "stop", "length", "cancelled" …</param>
    public void Ended(string outcome, TimeSpan time)
    {
        running.Add(-1);
        replies.Add(1, new KeyValuePair<string, object?>(OutcomeTag, outcome));
        duration.Record(time.TotalSeconds);
    }

    /// <param name="value">One of a few words: "up", "down" …</param>
    public void Rated(string value) => ratings.Add(1, new KeyValuePair<string, object?>("value", value));
}
