using System.Text.Json;
using MicroChat.Tests.Objectives;
using MicroChat.Training.Data;
using MicroChat.Training.Evaluation;

namespace MicroChat.Tests.Evaluation;

/// <summary>Statistics of the file "evaluation.json", section by section.</summary>
[Trait("Category", Golden.Category)]
public sealed class EvaluationGoldenTests
{
    public static TheoryData<string, string> Sections
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (string file in Golden.Files("objectives/evaluation.json"))
            {
                using JsonDocument document = JsonDocument.Parse(File.ReadAllText(file));
                foreach (JsonProperty section in document.RootElement.GetProperty("sections").EnumerateObject())
                {
                    data.Add(file, section.Name);
                }
            }
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Sections))]
    public void Statistics_equal_the_reference(string file, string section)
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllText(file));
        JsonElement found = document.RootElement.GetProperty("sections").GetProperty(section);
        Action<JsonElement, JsonElement>? check = section switch
        {
            "accuracy" => Accuracy,
            "bootstrap" => (inputs, expected) => Resampling(inputs, expected, Path.ChangeExtension(file, ".safetensors")),
            "calibration" => Reliability,
            "auroc" => Curve,
            "win_rate" => Wins,
            "sample_size" => (inputs, expected) => Same(expected, "n_per_arm", WinRate.SampleSize(Number(inputs, "p1"), Number(inputs, "p2"))),
            "distinct_and_repetition" => Repeats,
            "correlation" => Correlations,
            "importance_weights" => Weights,
            "likelihood" => Likelihood,
            "bradley_terry" => Strengths,
            "elo_sequential" => Ratings,
            "cohen_kappa" => Kappa,
            "krippendorff_alpha" => Alpha,
            "dawid_skene" => Raters,
            "agreement_with_majority_of_others" => (_, expected) => Majority(document.RootElement.GetProperty("sections").GetProperty("dawid_skene").GetProperty("inputs"), expected),
            "best_of_n" => (inputs, expected) => Same(expected, "kl", BestOfN.Divergence((int)Number(inputs, "n"))),
            _ => null,
        };
        Assert.SkipWhen(check is null, $"The statistic {section} is not built.");
        foreach (JsonElement c in found.TryGetProperty("cases", out JsonElement cases) ? cases.EnumerateArray().ToArray() : [found])
        {
            check(c.GetProperty("inputs"), c.GetProperty("expected"));
        }
    }

    private static void Accuracy(JsonElement inputs, JsonElement expected)
    {
        double[] correct = Flat(inputs, "correct");
        var found = new Proportion(correct.Sum(), correct.Length);
        Same(expected, "accuracy", found.Share);
        Same(expected, "standard_error", found.StandardError);
        Same(expected, "interval_95_normal", found.Normal.Low, found.Normal.High);
    }

    private static void Resampling(JsonElement inputs, JsonElement expected, string arrays)
    {
        int[] places = new GoldenTensors(arrays).Read<int>("bootstrap_indices");
        double[] a = Flat(inputs, "a"), difference = [.. a.Zip(Flat(inputs, "b"), (x, y) => y - x)];
        double[] means = Bootstrap.Means(a, places), differences = Bootstrap.Means(difference, places);
        Interval interval = Bootstrap.PercentileInterval(means), paired = Bootstrap.PercentileInterval(differences);
        Same(expected, "mean_a", a.Average());
        Same(expected, "mean_a_interval_95", interval.Low, interval.High);
        Same(expected, "mean_a_standard_error", Bootstrap.StandardError(means));
        Same(expected, "paired_difference_mean", difference.Average());
        Same(expected, "paired_difference_interval_95", paired.Low, paired.High);
        Same(expected, "share_of_resamples_with_positive_difference", differences.Count(d => d > 0) / (double)differences.Length);
    }

    private static void Reliability(JsonElement inputs, JsonElement expected)
    {
        var found = Calibration.Of(Flat(inputs, "probability"), Array.ConvertAll(Flat(inputs, "label"), y => y != 0));
        Same(expected, "ece", found.ExpectedError);
        Same(expected, "mce", found.LargestError);
        Same(expected, "brier", found.Brier);
        Same(expected, "log_loss", found.LogLoss);
        foreach (JsonElement bin in expected.GetProperty("bins").EnumerateArray())
        {
            ReliabilityBin own = found.Bins[(int)Number(bin, "bin")];
            Same(bin, "count", own.Count);
            Same(bin, "mean_probability", own.MeanProbability);
            Same(bin, "share_positive", own.Share);
        }
    }

    private static void Curve(JsonElement inputs, JsonElement expected) =>
        Same(expected, "auroc", Correlation.AreaUnderCurve(Flat(inputs, "score"), Array.ConvertAll(Flat(inputs, "label"), y => y != 0)));

    private static void Wins(JsonElement inputs, JsonElement expected)
    {
        var found = new WinRate((long)Number(inputs, "wins"), (long)Number(inputs, "ties"), (long)Number(inputs, "losses"));
        Same(expected, "win_rate", found.Rate.Share);
        Same(expected, "wilson_95", found.Rate.Wilson.Low, found.Rate.Wilson.High);
        Same(expected, "sign_test_two_sided_p_without_ties", found.SignTest);
    }

    private static void Repeats(JsonElement inputs, JsonElement expected)
    {
        int[][] replies = [.. inputs.GetProperty("replies").EnumerateArray().Select(r => Array.ConvertAll(ObjectiveCase.Flat(r), x => (int)x))];
        for (int n = 1; expected.TryGetProperty($"distinct_{n}_corpus", out _); n++)
        {
            Same(expected, $"distinct_{n}_corpus", Repetition.DistinctInAll(replies, n));
            Same(expected, $"distinct_{n}_mean_over_replies", Repetition.MeanDistinct(replies, n));
            Same(expected, $"repetition_{n}_per_reply", [.. replies.Select(reply => Repetition.Within(reply, n))]);
        }
    }

    private static void Correlations(JsonElement inputs, JsonElement expected)
    {
        Same(expected, "pearson", Correlation.Pearson(Flat(inputs, "reward"), Flat(inputs, "length")));
        Same(expected, "spearman", Correlation.Spearman(Flat(inputs, "reward"), Flat(inputs, "length")));
    }

    private static void Weights(JsonElement inputs, JsonElement expected)
    {
        var found = ImportanceWeights.Of(Flat(inputs, "log_ratio"), 2);
        Same(expected, "mean", found.Mean);
        Same(expected, "truncated_mean", found.TruncatedMean);
        Same(expected, "ess", found.EffectiveSamples);
        Same(expected, "ess_share", found.EffectiveShare);
    }

    private static void Likelihood(JsonElement inputs, JsonElement expected)
    {
        double[] nll = Flat(inputs, "nll_per_token");
        Same(expected, "perplexity", EvaluationText.Perplexity(nll.Sum(), nll.Length));
        Same(expected, "bits_per_byte", EvaluationText.BitsPerByte(nll.Sum(), (long)Flat(inputs, "bytes_per_token").Sum()));
    }

    private static void Strengths(JsonElement inputs, JsonElement expected)
    {
        var found = DuelStrengths.Of(Table(inputs.GetProperty("wins")), Table(inputs.GetProperty("ties")));
        int[] players = [.. Enumerable.Range(0, found.Strength.Count)];
        Same(expected, "strength", [.. found.Strength]);
        Same(expected, "standard_error", Array.ConvertAll(players, found.StandardError));
        Same(expected, "log_likelihood", found.LogLikelihood);
        Same(expected, "elo", Array.ConvertAll(players, found.Elo));
        Same(expected, "elo_interval_95", [.. players.Select(found.EloInterval).SelectMany(interval => new[] { interval.Low, interval.High })]);
        Same(expected, "standard_error_of_differences", [.. players.SelectMany(i => players.Select(j => found.StandardError(i, j)))]);
        Same(expected, "p_row_beats_column", [.. players.SelectMany(i => players.Select(j => found.Probability(i, j)))]);
    }

    private static void Ratings(JsonElement inputs, JsonElement expected)
    {
        Duel[] duels = [.. inputs.GetProperty("games").EnumerateArray().Select(ObjectiveCase.Flat).Select(game => new Duel((int)game[0], (int)game[1], game[2]))];
        int players = expected.GetProperty("ratings_after_each_game")[0].GetArrayLength();
        Same(expected, "ratings_after_each_game", [.. EloRating.Play(players, duels).SelectMany(ratings => ratings)]);
    }

    private static void Kappa(JsonElement inputs, JsonElement expected)
    {
        foreach (DisagreementWeight weight in Enum.GetValues<DisagreementWeight>())
        {
            int[] first = Array.ConvertAll(Flat(inputs, "rater_1"), x => (int)x), second = Array.ConvertAll(Flat(inputs, "rater_2"), x => (int)x);
            Same(expected, weight.ToString().ToLowerInvariant(), RaterAgreement.Kappa(first, second, (int)Number(inputs, "categories"), weight));
        }
    }

    private static void Alpha(JsonElement inputs, JsonElement expected)
    {
        JsonElement table = inputs.GetProperty("ratings_by_rater");
        Vote[] votes = [.. Votes(table).Select(vote => new Vote(Item: vote.Rater, Rater: vote.Item, vote.Answer))];
        foreach (AnswerScale scale in Enum.GetValues<AnswerScale>())
        {
            Same(expected, scale.ToString().ToLowerInvariant(), KrippendorffAlpha.Of(votes, table[0].GetArrayLength(), table.GetArrayLength(), votes.Max(vote => vote.Answer) + 1, scale));
        }
    }

    private static void Raters(JsonElement inputs, JsonElement expected)
    {
        JsonElement table = inputs.GetProperty("votes_by_item");
        RaterModel found = RaterModel.Fit(Votes(table), table.GetArrayLength(), table[0].GetArrayLength(), answers: 2, RaterModel.UsualRounds);
        Same(expected, "posterior_of_class_1", [.. Enumerable.Range(0, table.GetArrayLength()).Select(item => found.Posterior[item, 1])]);
        Same(expected, "class_priors", found.Prior);
        Same(expected, "confusion", [.. found.Confusion.Cast<double>()]);
        Same(expected, "log_likelihood_per_round", [.. found.LogLikelihood]);
    }

    private static void Majority(JsonElement inputs, JsonElement expected)
    {
        JsonElement table = inputs.GetProperty("votes_by_item");
        Proportion[] found = RaterAgreement.WithMajorityOfOthers(Votes(table), table.GetArrayLength(), table[0].GetArrayLength(), answers: 2);
        Same(expected, "counts", [.. found.SelectMany(rater => new[] { rater.Successes, rater.Count })]);
    }

    /// <summary>A row per item, a column per rater; null: no vote.</summary>
    private static Vote[] Votes(JsonElement table) =>
    [
        .. table.EnumerateArray().SelectMany((row, item) => row.EnumerateArray().Select((cell, rater) => (cell, item, rater)))
            .Where(at => at.cell.ValueKind != JsonValueKind.Null).Select(at => new Vote(at.item, at.rater, at.cell.GetInt32())),
    ];

    private static double[,] Table(JsonElement rows)
    {
        double[,] table = new double[rows.GetArrayLength(), rows[0].GetArrayLength()];
        foreach ((int i, JsonElement row) in rows.EnumerateArray().Index())
        {
            foreach ((int j, JsonElement cell) in row.EnumerateArray().Index())
            {
                table[i, j] = cell.GetDouble();
            }
        }
        return table;
    }

    private static double Number(JsonElement from, string name) => ObjectiveCase.Number(from.GetProperty(name));

    private static double[] Flat(JsonElement from, string name) => ObjectiveCase.Flat(from.GetProperty(name));

    /// <summary>Null stands for undefined.</summary>
    private static void Same(JsonElement expected, string name, params ReadOnlySpan<double> found)
    {
        if (expected.GetProperty(name).ValueKind == JsonValueKind.Null)
        {
            Assert.True(double.IsNaN(found[0]));
            return;
        }
        Close.All(Flat(expected, name), found, 1e-10, name);
    }
}
