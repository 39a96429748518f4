using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace MicroChat.Hosting;

/// <summary>The host's own numbers, beside those of the engine: how replies ended, ratings, memory. Meter and activity source are both called "MicroChat".</summary>
internal sealed class ChatMetrics
{
    /// <summary>Name of meter and activity source.</summary>
    public const string SourceName = "MicroChat";

    private const string OutcomeTag = "outcome";
    private const string ValueTag = "value";

    private readonly Counter<long> replies;
    private readonly Counter<long> ratings;
    private readonly Histogram<double> duration;

    public ChatMetrics(IMeterFactory factory)
    {
        Meter meter = factory.Create(SourceName);
        replies = meter.CreateCounter<long>("microchat.replies", "{reply}", "Replies that ended, by outcome.");
        ratings = meter.CreateCounter<long>("microchat.ratings", "{rating}", "Ratings that were saved, by value.");
        duration = meter.CreateHistogram<double>("microchat.reply.duration", "s", "From asking for a reply to its end.");
        meter.CreateObservableGauge("microchat.process.memory", () => Environment.WorkingSet, "By", "Resident memory of the process.");
    }

    /// <summary>Where spans of replies come from.</summary>
    public static ActivitySource Source { get; } = new(SourceName);

    /// <param name="outcome">One of a few words: "stop", "length", "cancelled" …</param>
    public void Ended(string outcome, TimeSpan time)
    {
        replies.Add(1, new KeyValuePair<string, object?>(OutcomeTag, outcome));
        duration.Record(time.TotalSeconds);
    }

    /// <param name="value">One of a few words: "up", "down" …</param>
    public void Rated(string value) => ratings.Add(1, new KeyValuePair<string, object?>(ValueTag, value));
}
