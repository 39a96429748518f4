namespace MicroChat.Proofs.OverOptimisation;

/// <summary>
/// All 8⁶ = 262,144 sequences of 6 tokens out of 8, equally probable, and what they are truly worth: the sum of their tokens' values less .6 times
/// how often a token repeats the one before it, each part scaled to variance 1. Who sees only how often each token occurs sees 1,716 classes of
/// sequences; what is exact over the classes is exact over all sequences.
/// </summary>
internal sealed class CountedLanguage
{
    /// <summary>Different tokens.</summary>
    public const int Vocabulary = 8;

    /// <summary>Tokens of a sequence.</summary>
    public const int Length = 6;

    /// <summary>Number of sequences: 8⁶.</summary>
    public const int Sequences = 262_144;

    /// <summary>How decided judgements usually are. Unit: nats of odds per standard deviation of gold.</summary>
    public const double Decision = 2;

    private const double RepetitionWeight = 0.6;

    private static readonly int[] s_classOf = new int[Sequences];

    private static readonly int[][] s_counts = Classes();

    private readonly double[] _gold = new double[Sequences];

    /// <summary>Draws the tokens' values.</summary>
    public CountedLanguage(Random random)
    {
        double[] values = Standard([.. Enumerable.Range(0, Vocabulary).Select(_ => Normal(random))]), worth = new double[Sequences], repetition = new double[Sequences];
        for (int s = 0; s < Sequences; s++)
        {
            worth[s] = values[s % Vocabulary];
            for (int rest = s / Vocabulary, t = 1, last = s % Vocabulary; t < Length; rest /= Vocabulary, t++)
            {
                worth[s] += values[rest % Vocabulary];
                repetition[s] += rest % Vocabulary == last ? 1 : 0;
                last = rest % Vocabulary;
            }
        }
        (worth, repetition) = (Standard(worth), Standard(repetition));
        _gold = Standard([.. worth.Zip(repetition, (w, r) => w - (RepetitionWeight * r))]);
        Share = new double[s_counts.Length];
        Gold = new double[s_counts.Length];
        for (int s = 0; s < Sequences; s++)
        {
            Share[s_classOf[s]] += 1.0 / Sequences;
            Gold[s_classOf[s]] += _gold[s];
        }
        for (int c = 0; c < Gold.Length; c++)
        {
            Gold[c] /= Share[c] * Sequences;
        }
    }

    /// <summary>(classes,V) how often each token occurs.</summary>
    public static IReadOnlyList<int[]> Counts => s_counts;

    /// <summary>(classes) share of the sequences.</summary>
    public double[] Share { get; }

    /// <summary>(classes) mean worth of the sequences. Unit: standard deviations over all sequences, whose mean is 0.</summary>
    public double[] Gold { get; }

    /// <summary>Draws two sequences and a judgement of them, as the Bradley-Terry model has it: the one is preferred with probability σ(decision · its lead in gold).</summary>
    /// <param name="decision">How decided; infinite: always for the better one. Unit: nats of odds per standard deviation of gold.</param>
    /// <param name="random">Draws the sequences and the judgement.</param>
    /// <returns>The classes of the preferred and of the other.</returns>
    public (int Preferred, int Other) Compare(double decision, Random random)
    {
        int a = random.Next(Sequences), b = random.Next(Sequences);
        double ahead = _gold[a] - _gold[b], lead = ahead == 0 ? 0 : decision * ahead;
        return random.NextDouble() < 1 / (1 + Math.Exp(-lead)) ? (s_classOf[a], s_classOf[b]) : (s_classOf[b], s_classOf[a]);
    }

    /// <summary>Whether a scoring of the classes puts the truly better of two random sequences first; ½ where it, or gold, does not decide.</summary>
    public double IsRight(double[] scores, Random random)
    {
        int a = random.Next(Sequences), b = random.Next(Sequences);
        double product = (_gold[a] - _gold[b]) * (scores[s_classOf[a]] - scores[s_classOf[b]]);
        return product > 0 ? 1 : product == 0 ? 0.5 : 0;
    }

    /// <summary>Shifted to mean 0 and scaled to variance 1 over the classes, each with its share.</summary>
    public double[] Standardised(double[] scores)
    {
        double mean = scores.Zip(Share, (x, p) => x * p).Sum(), variance = scores.Zip(Share, (x, p) => (x - mean) * (x - mean) * p).Sum();
        return [.. scores.Select(x => (x - mean) / Math.Sqrt(variance))];
    }

    /// <summary>Finds the class of every sequence.</summary>
    private static int[][] Classes()
    {
        var numbers = new Dictionary<string, int>();
        var counts = new List<int[]>();
        for (int s = 0; s < Sequences; s++)
        {
            int[] count = new int[Vocabulary];
            for (int rest = s, t = 0; t < Length; rest /= Vocabulary, t++)
            {
                count[rest % Vocabulary]++;
            }
            string key = string.Join(' ', count);
            if (!numbers.TryGetValue(key, out s_classOf[s]))
            {
                numbers[key] = s_classOf[s] = counts.Count;
                counts.Add(count);
            }
        }
        return [.. counts];
    }

    private static double[] Standard(double[] x)
    {
        double mean = x.Average(), deviation = Math.Sqrt(x.Average(value => (value - mean) * (value - mean)));
        return Array.ConvertAll(x, value => (value - mean) / deviation);
    }

    private static double Normal(Random random) => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
