using System.Collections.Concurrent;
using MicroChat.Training.Evaluation;
using MicroChat.Training.Evaluation.Trials;

namespace MicroChat.Trials;

/// <summary>How fast each generation replies and how often it fails, since this process started. May be used from several threads.</summary>
internal sealed class GenerationPace
{
    private readonly ConcurrentDictionary<string, Counts> _generations = new(StringComparer.Ordinal);

    /// <summary>Takes in a reply that ended.</summary>
    /// <param name="version">Version of the model that made it.</param>
    /// <param name="failed">Whether it broke, rather than ended, or was stopped by somebody.</param>
    /// <param name="tokens">Tokens of the reply.</param>
    /// <param name="afterFirst">From its first token to its last.</param>
    public void Ended(string version, bool failed, int tokens, TimeSpan afterFirst)
    {
        Counts counts = _generations.GetOrAdd(version, _ => new Counts());
        lock (counts)
        {
            counts.Replies++;
            counts.Failed += failed ? 1 : 0;
            if (tokens > 1)
            {
                counts.Timed++;
                counts.SecondsPerToken += afterFirst.TotalSeconds / (tokens - 1);
            }
        }
    }

    /// <summary>Mean time per token.</summary>
    public ReplyPaceFigure PaceOf(string version)
    {
        Counts counts = _generations.GetOrAdd(version, _ => new Counts());
        lock (counts)
        {
            return counts.Timed == 0 ? default : new ReplyPaceFigure(counts.SecondsPerToken / counts.Timed, counts.Timed);
        }
    }

    /// <summary>Share of replies that failed.</summary>
    public Proportion FailuresOf(string version)
    {
        Counts counts = _generations.GetOrAdd(version, _ => new Counts());
        lock (counts)
        {
            return new Proportion(counts.Failed, counts.Replies);
        }
    }

    private sealed class Counts
    {
        public long Replies { get; set; }

        public long Failed { get; set; }

        public long Timed { get; set; }

        public double SecondsPerToken { get; set; }
    }
}
