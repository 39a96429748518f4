using MicroChat.Training.Reports;

namespace MicroChat.Training.Evaluation;

/// <summary>How much replies repeat themselves and each other. Source: Li et al. 2016 (distinct-n); n-grams never cross replies.</summary>
public static class Repetition
{
    /// <summary>Different n-grams divided by all n-grams, over all replies; NaN when there is none.</summary>
    /// <param name="replies">Token ids, without prompts.</param>
    /// <param name="n">Length of the n-grams.</param>
    public static double DistinctInAll(IReadOnlyList<int[]> replies, int n)
    {
        var different = new HashSet<Gram>();
        long all = 0;
        foreach (int[] reply in replies)
        {
            all += Add(reply, n, different);
        }
        return all == 0 ? double.NaN : (double)different.Count / all;
    }

    /// <summary>1 − different / all n-grams within a reply: 0 when no n-gram comes twice, or when there is none.</summary>
    public static double Within(int[] reply, int n)
    {
        var different = new HashSet<Gram>();
        long all = Add(reply, n, different);
        return all == 0 ? 0 : 1 - ((double)different.Count / all);
    }

    /// <summary>Mean over the replies that have an n-gram of different / all n-grams; NaN when none has.</summary>
    public static double MeanDistinct(IReadOnlyList<int[]> replies, int n)
    {
        double[] shares = [.. replies.Where(reply => reply.Length >= n).Select(reply => 1 - Within(reply, n))];
        return shares.Length == 0 ? double.NaN : shares.Average();
    }

    private static long Add(int[] reply, int n, HashSet<Gram> different)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(n, 1);
        for (int t = 0; t + n <= reply.Length; t++)
        {
            different.Add(new Gram(reply, t, n));
        }
        return Math.Max(0, reply.Length - n + 1);
    }

    /// <summary>A piece of a reply, compared by its tokens.</summary>
    private readonly struct Gram(int[] reply, int start, int length) : IEquatable<Gram>
    {
        private ReadOnlySpan<int> Tokens => reply.AsSpan(start, length);

        public bool Equals(Gram other) => Tokens.SequenceEqual(other.Tokens);

        public override bool Equals(object? obj) => obj is Gram other && Equals(other);

        public override int GetHashCode()
        {
            var hash = new HashCode();
            foreach (int token in Tokens)
            {
                hash.Add(token);
            }
            return hash.ToHashCode();
        }
    }
}

/// <summary>What a set of replies looks like, whatever their rewards.</summary>
/// <param name="Ended">Share that ended by themselves.</param>
/// <param name="MeanTokens">Mean length, the end included. Unit: tokens.</param>
/// <param name="DistinctBigrams">Over all replies.</param>
/// <param name="Repetition">Mean share of 4-grams within a reply that came before in it.</param>
public sealed record ReplyStatistics(Proportion Ended, double MeanTokens, double DistinctBigrams, double Repetition)
{
    private const int RepeatedGram = 4;

    /// <summary>Measures replies.</summary>
    /// <param name="replies">Token ids, without prompts.</param>
    /// <param name="ended">Which of them ended by themselves.</param>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static ReplyStatistics Of(IReadOnlyList<int[]> replies, ReadOnlySpan<bool> ended)
    {
        SameLength.Require(replies.Count, ended.Length);
        return new ReplyStatistics(
            new Proportion(ended.Count(true), ended.Length), replies.Count == 0 ? double.NaN : replies.Average(reply => (double)reply.Length),
            Evaluation.Repetition.DistinctInAll(replies, 2),
            replies.Count == 0 ? double.NaN : replies.Average(reply => Evaluation.Repetition.Within(reply, RepeatedGram)));
    }

    /// <summary>Adds the numbers to a row of metrics.</summary>
    public void Report(IDictionary<string, double> metrics)
    {
        metrics[Metrics.EndRate] = Ended.Share;
        metrics[Metrics.ReplyTokens] = MeanTokens;
        metrics[Metrics.DistinctBigrams] = DistinctBigrams;
        metrics[Metrics.Repetition] = Repetition;
    }
}
