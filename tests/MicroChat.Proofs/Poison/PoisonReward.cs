using MicroChat.Training.Objectives;
using MicroChat.Training.Preferences;
using MicroChat.Training.Stages;

namespace MicroChat.Proofs.Poison;

/// <summary>A vote as a trainer reads it.</summary>
/// <param name="Item">What was judged.</param>
/// <param name="Rater">Who.</param>
/// <param name="Up">Up, or for the first of two.</param>
/// <param name="Weight">Of the row.</param>
internal sealed record PoisonRow(PoisonItem Item, string Rater, bool Up, double Weight);

/// <summary>
/// A reward that is a sum over words, learned with the objectives of `train reward`: thumbs with raters' slopes and severities where there are enough of them
/// for that stage to learn them, pairs with soft labels where they contradict each other.
/// </summary>
internal sealed class PoisonReward
{
    private const int Updates = 150;

    private const double Rate = 0.05, Beta1 = 0.9, Beta2 = 0.99, Epsilon = 1e-8, Prior = 2;

    private readonly double[] _weights = new double[PoisonTown.Words], _first = new double[PoisonTown.Words], _second = new double[PoisonTown.Words];

    private PoisonReward()
    {
    }

    /// <summary>Learns from rows, all of thumbs or all of pairs.</summary>
    public static PoisonReward Fit(IReadOnlyList<PoisonRow> rows)
    {
        var reward = new PoisonReward();
        if (rows[0].Item.Second is null)
        {
            reward.FitThumbs(rows);
        }
        else
        {
            reward.FitPairs(rows);
        }
        return reward;
    }

    public double Score(int[] reply)
    {
        double score = 0;
        foreach (int word in reply)
        {
            score += _weights[word];
        }
        return score;
    }

    /// <summary>Share of fresh pairs of replies whose truly better one scores higher.</summary>
    public double Accuracy(PoisonTown town, int pairs)
    {
        int right = 0;
        for (int i = 0; i < pairs; i++)
        {
            (int[] a, int[] b) = (town.Draw(), town.Draw());
            right += Score(a) > Score(b) == town.Quality(a) > town.Quality(b) ? 1 : 0;
        }
        return right / (double)pairs;
    }

    private void FitThumbs(IReadOnlyList<PoisonRow> rows)
    {
        string[] raters = [.. rows.Select(row => row.Rater).Distinct()];
        var terms = new RaterTerms(raters.Length + 1, rows.Count >= new RewardOptions { Model = "", Data = [], OutFolder = "" }.LeastThumbsForRaters);
        Thumb[] thumbs = [.. rows.Select((row, i) => new Thumb(i, Array.IndexOf(raters, row.Rater) + 1, row.Up ? 1 : 0) { Weight = row.Weight })];
        double[] dScores = new double[rows.Count], dSlopes = new double[raters.Length + 1], dSeverities = new double[raters.Length + 1];
        double total = rows.Sum(row => row.Weight);
        for (int update = 1; update <= Updates; update++)
        {
            RatedReplies.Evaluate([.. rows.Select(row => Score(row.Item.First))], thumbs, terms.Slopes, terms.Severities, total, dScores, dSlopes, dSeverities);
            Step(update, rows.Select((row, i) => (row.Item.First, dScores[i])), Prior / rows.Count);
            terms.Step(dSlopes, dSeverities);
        }
    }

    private void FitPairs(IReadOnlyList<PoisonRow> rows)
    {
        var groups = new PreferenceGroups();
        var replies = new Dictionary<string, int[]>();
        foreach (PoisonRow row in rows)
        {
            (string first, string second) = ($"{row.Item.Id} 1", $"{row.Item.Id} 2");
            (replies[first], replies[second]) = (row.Item.First, row.Item.Second!);
            groups.Add(new Training.Data.PreferencePair("", "", [new Model.Templates.ChatTurn("user", row.Item.Id.ToString())], row.Up ? first : second, row.Up ? second : first) { Rater = row.Rater, Weight = row.Weight });
        }
        IReadOnlyList<PreferenceGroup> built = groups.Build();
        int[][] scored = [.. built.SelectMany(group => group.Replies).Select(reply => replies[reply])];
        double mean = built.Average(group => group.Comparisons[0].Weight);
        RewardPair[] pairs = [.. built.Select((group, g) => (group.Comparisons[0], g)).Select(one => new RewardPair((2 * one.g) + one.Item1.Better, (2 * one.g) + one.Item1.Worse)
        {
            Weight = one.Item1.Weight / (mean * built.Count), Probability = one.Item1.Probability,
        })];
        double[] dScores = new double[scored.Length];
        for (int update = 1; update <= Updates; update++)
        {
            BradleyTerry.Evaluate(Array.ConvertAll(scored, Score), pairs, new BradleyTerryOptions(), dScores);
            Step(update, scored.Select((reply, i) => (reply, dScores[i])), Prior / built.Count);
        }
    }

    /// <summary>One update by Adam, with a pull towards 0.</summary>
    private void Step(int update, IEnumerable<(int[] Reply, double Slope)> scores, double prior)
    {
        double[] gradient = Array.ConvertAll(_weights, weight => prior * weight);
        foreach ((int[] reply, double slope) in scores)
        {
            foreach (int word in reply)
            {
                gradient[word] += slope;
            }
        }
        for (int w = 0; w < gradient.Length; w++)
        {
            _first[w] = (Beta1 * _first[w]) + ((1 - Beta1) * gradient[w]);
            _second[w] = (Beta2 * _second[w]) + ((1 - Beta2) * gradient[w] * gradient[w]);
            _weights[w] -= Rate * (_first[w] / (1 - Math.Pow(Beta1, update))) / (Math.Sqrt(_second[w] / (1 - Math.Pow(Beta2, update))) + Epsilon);
        }
    }
}
