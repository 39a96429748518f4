namespace MicroChat.Training.Evaluation;

/// <summary>How much a disagreement weighs by the distance of the two answers.</summary>
public enum DisagreementWeight
{
    /// <summary>All alike: answers without an order.</summary>
    None,

    /// <summary>|i − j|.</summary>
    Linear,

    /// <summary>(i − j)².</summary>
    Quadratic,
}

/// <summary>Whether raters say the same, and more often than chance would make them.</summary>
public static class RaterAgreement
{
    /// <summary>
    /// κ = 1 − observed / expected disagreement of two raters of the same things: 1 is agreement, 0 what their shares of answers would give by chance.
    /// NaN when no disagreement can be expected, as when both always give one and the same answer. Sources: Cohen 1960; weights: Cohen 1968.
    /// </summary>
    /// <param name="first">Answers of the one, from 0.</param>
    /// <param name="second">Answers of the other to the same things.</param>
    /// <param name="answers">Number of different answers.</param>
    /// <param name="weight">How much a disagreement weighs.</param>
    /// <exception cref="ArgumentException">The lengths differ, or an answer is out of range.</exception>
    public static double Kappa(ReadOnlySpan<int> first, ReadOnlySpan<int> second, int answers, DisagreementWeight weight)
    {
        SameLength.Require(first.Length, second.Length);
        double[] rows = new double[answers], columns = new double[answers];
        double observed = 0, expected = 0;
        for (int i = 0; i < first.Length; i++)
        {
            Require(first[i], answers);
            Require(second[i], answers);
            rows[first[i]]++;
            columns[second[i]]++;
            observed += Distance(first[i], second[i], weight);
        }
        for (int i = 0; i < answers; i++)
        {
            for (int j = 0; j < answers; j++)
            {
                expected += rows[i] * columns[j] * Distance(i, j, weight) / first.Length;
            }
        }
        return expected > 0 ? 1 - (observed / expected) : double.NaN;
    }

    /// <summary>How often each rater votes as most of the others do, over the things of which more than half of the others' votes are one answer.</summary>
    /// <param name="votes">All votes.</param>
    /// <param name="items">Number of things.</param>
    /// <param name="raters">Number of people.</param>
    /// <param name="answers">Number of different answers.</param>
    /// <returns>(raters)</returns>
    /// <exception cref="ArgumentException">A vote is out of range.</exception>
    public static Proportion[] WithMajorityOfOthers(ReadOnlySpan<Vote> votes, int items, int raters, int answers)
    {
        Vote.Require(votes, items, raters, answers);
        int[,] counts = Vote.Count(votes, items, answers);
        Dictionary<(int Item, int Rater), int[]> own = Own(votes, answers);
        var found = new Proportion[raters];
        foreach (Vote vote in votes)
        {
            int others = 0, most = -1;
            int[] mine = own[(vote.Item, vote.Rater)];
            for (int a = 0; a < answers; a++)
            {
                others += counts[vote.Item, a] - mine[a];
            }
            for (int a = 0; a < answers; a++)
            {
                most = 2 * (counts[vote.Item, a] - mine[a]) > others ? a : most;
            }
            if (most >= 0)
            {
                Proportion sofar = found[vote.Rater];
                found[vote.Rater] = new Proportion(sofar.Successes + (vote.Answer == most ? 1 : 0), sofar.Count + 1);
            }
        }
        return found;
    }

    /// <summary>What each rater said about each thing, who may have said more than one thing.</summary>
    private static Dictionary<(int Item, int Rater), int[]> Own(ReadOnlySpan<Vote> votes, int answers)
    {
        var own = new Dictionary<(int Item, int Rater), int[]>();
        foreach (Vote vote in votes)
        {
            if (!own.TryGetValue((vote.Item, vote.Rater), out int[]? mine))
            {
                own[(vote.Item, vote.Rater)] = mine = new int[answers];
            }
            mine[vote.Answer]++;
        }
        return own;
    }

    private static double Distance(int i, int j, DisagreementWeight weight) => weight switch
    {
        DisagreementWeight.Linear => Math.Abs(i - j),
        DisagreementWeight.Quadratic => (double)(i - j) * (i - j),
        _ => i == j ? 0 : 1,
    };

    private static void Require(int answer, int answers)
    {
        if ((uint)answer >= (uint)answers)
        {
            throw new ArgumentException($"An answer is {answer}; it must be from 0 to {answers - 1}.");
        }
    }
}
