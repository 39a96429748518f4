using MicroChat.Model.Decoding;
using MicroChat.Training.Preferences;

namespace MicroChat.Proofs.Exact;

/// <summary>
/// A language of 4 tokens whose replies have 5, after one prompt: all 1,024 replies can be enumerated, so what a policy is worth, and what the best
/// one is worth (J* = β log E_ref e^{r/β}, reached by π* ∝ π_ref e^{r/β}), are sums and no estimates.
/// </summary>
internal static class EnumerableLanguage
{
    /// <summary>Tokens of a reply; none ends it early.</summary>
    public const int ReplyTokens = 5;

    /// <summary>Number of replies.</summary>
    public const int Replies = 1024;

    /// <summary>The one prompt.</summary>
    public const int Prompt = 2;

    private const int V = 4;

    /// <summary>A decoder of two layers for it.</summary>
    public static DecoderConfig Shape { get; } = new()
    {
        ModelType = "llama", VocabularySize = V, Width = 32, Layers = 2, Heads = 4, KeyValueHeads = 2, HeadSize = 8, FeedForward = 64,
        ContextTokens = 8, NormEpsilon = 1e-5f, RopeTheta = 10_000, InitializerRange = 0.1f,
    };

    /// <summary>(1024) what each reply is worth.</summary>
    public static double[] Rewards { get; } = [.. Enumerable.Range(0, Replies).Select(number => PairScorer.Of(Reply(number)))];

    /// <summary>The tokens of a reply by its number.</summary>
    public static int[] Reply(int number) => [.. Enumerable.Range(0, ReplyTokens).Select(t => number >> (2 * (ReplyTokens - 1 - t)) & 3)];

    private static readonly EncodedReply[] s_rows = [.. Enumerable.Range(0, Replies).Select(number => new EncodedReply([Prompt, .. Reply(number)], 1))];

    /// <summary>The prompt and a reply by its number.</summary>
    public static EncodedReply Row(int number) => s_rows[number];

    /// <summary>(1024) log-probability of each reply.</summary>
    public static double[] LogProbs(Func<TokenBatch, TokenScores> score)
    {
        var batch = new ReplyBatch([.. Enumerable.Range(0, Replies).Select(Row)]);
        ReadOnlySpan<float> logProb = score(batch.Tokens).LogProb;
        double[] sums = new double[Replies];
        for (int t = 0; t < logProb.Length; t++)
        {
            sums[t / (ReplyTokens + 1)] += batch.Actions[t] ? logProb[t] : 0;
        }
        return sums;
    }

    /// <summary>(1024) log-probabilities of the best policy.</summary>
    public static double[] Optimum(double[] reference, double beta)
    {
        double[] tilted = [.. reference.Select((l, s) => l + (Rewards[s] / beta))];
        double max = tilted.Max(), total = max + Math.Log(tilted.Sum(l => Math.Exp(l - max)));
        return [.. tilted.Select(l => l - total)];
    }

    /// <summary>What a policy is worth beside the reference and the best one.</summary>
    public static ExactResult Judge(double[] reference, double[] policy, double beta)
    {
        (double reward, double kl) = Measure(reference, policy);
        (double bestReward, double bestKl) = Measure(reference, Optimum(reference, beta));
        return new ExactResult(reward, kl, reward - (beta * kl), Measure(reference, reference).Reward, bestReward, bestKl, bestReward - (beta * bestKl));
    }

    /// <summary>
    /// What chance in the labels costs who fits one number to every reply: β KL(π* ‖ π̂) of the likeliest numbers as a share of J* − J_ref, for many pairs.
    /// The variance of a number is one over the information in its comparisons, σ'(r_i − r_j) each; all pairs are as likely.
    /// </summary>
    public static double ChanceLoss(double[] reference, double beta, long pairs)
    {
        double[] best = Optimum(reference, beta);
        double kl = 0;
        for (int i = 0; i < Replies; i++)
        {
            double information = 0;
            for (int j = 0; j < Replies; j++)
            {
                double win = 1 / (1 + Math.Exp(Rewards[j] - Rewards[i]));
                information += j == i ? 0 : 2.0 * pairs / Replies / (Replies - 1) * win * (1 - win);
            }
            kl += Math.Exp(best[i]) / (2 * beta * beta * information);
        }
        ExactResult start = Judge(reference, reference, beta);
        return beta * kl / (start.Best - start.Start);
    }

    private static (double Reward, double Kl) Measure(double[] reference, double[] policy) =>
        (policy.Select((l, s) => Math.Exp(l) * Rewards[s]).Sum(), policy.Select((l, s) => Math.Exp(l) * (l - reference[s])).Sum());
}

/// <summary>What a policy is worth, exactly.</summary>
/// <param name="Reward">E[r].</param>
/// <param name="Kl">KL to the reference. Unit: nats per reply.</param>
/// <param name="J">E[r] − β KL.</param>
/// <param name="Start">J of the reference, which is its E[r].</param>
/// <param name="BestReward">E[r] of the best policy.</param>
/// <param name="BestKl">KL of the best policy.</param>
/// <param name="Best">J*.</param>
internal sealed record ExactResult(double Reward, double Kl, double J, double Start, double BestReward, double BestKl, double Best)
{
    /// <summary>Share of J* − J_ref that was closed.</summary>
    public double Gap => (J - Start) / (Best - Start);
}
