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
