using System.Text.Json;
using MicroChat.Model.Sampling;

namespace MicroChat.Tests.Sampling;

[Trait("Category", Golden.Category)]
public sealed class SamplerGoldenTests
{
    private const double Tolerance = 2e-5;
    private const double SurelyDrawable = 1e-30;

    public static TheoryData<string> Folders() => [.. GoldenCases.Folders()];

    [Theory]
    [MemberData(nameof(Folders))]
    public void Kept_tokens_and_probabilities_are_the_references(string folder)
    {
        var golden = new GoldenCases(folder);
        var faults = new List<string>();
        foreach (JsonElement c in golden.Cases())
        {
            string id = c.GetProperty("id").GetString()!;
            SamplingOptions? options = GoldenCases.Options(c.GetProperty("settings"));
            string? fault = options is null ? "a setting is not built" : Compare(golden, c, id, options);
            if (fault is not null)
            {
                faults.Add($"{id} {c.GetProperty("row")} {c.GetProperty("settings")}: {fault}");
            }
        }
        Assert.True(faults.Count == 0, string.Join('\n', faults));
    }

    [Theory]
    [MemberData(nameof(Folders))]
    public void Greedy_takes_the_references_token(string folder)
    {
        var golden = new GoldenCases(folder);
        foreach (JsonElement c in golden.Cases())
        {
            SamplingOptions options = GoldenCases.Options(c.GetProperty("settings"))! with { Temperature = 0 };
            float[] row = golden.Tensor<float>(c.GetProperty("row").GetString()!);
            int wanted = c.GetProperty("greedy").ValueKind == JsonValueKind.Null ? Sampler.NothingLeft : c.GetProperty("greedy").GetInt32();
            int chosen = new Sampler(options, row.Length).Sample(row, History(c, "prompt_ids"), History(c, "generated_ids"), 0.5, out float logProb);
            Assert.True(wanted == chosen, $"{c.GetProperty("id")}: {chosen}, not {wanted}");
            Assert.Equal(wanted == Sampler.NothingLeft ? float.NaN : 0f, logProb);
        }
    }

    /// <summary>The same 30 distributions in two folders are drawn from once.</summary>
    public static TheoryData<string> DistinctDraws() =>
        [.. GoldenCases.Folders().DistinctBy(folder => File.ReadAllText(Path.Combine(folder, "draws.json")))];

    [Theory]
    [MemberData(nameof(DistinctDraws))]
    public void Draws_follow_the_exact_distributions(string folder)
    {
        var golden = new GoldenCases(folder);
        foreach (JsonElement c in golden.Draws())
        {
            string id = c.GetProperty("id").GetString()!;
            float[] row = golden.Tensor<float>(c.GetProperty("row").GetString()!);
            var sampler = new Sampler(GoldenCases.Options(c.GetProperty("settings"))!, row.Length);
            var draws = new SeededDraws(20261121, 0);
            int[] counts = new int[row.Length], prompt = History(c, "prompt_ids"), reply = History(c, "generated_ids");
            int total = c.GetProperty("draws").GetInt32();
            for (int i = 0; i < total; i++)
            {
                counts[sampler.Sample(row, prompt, reply, draws.NextDouble(), out _)]++;
            }
            int[] allowed = GoldenCases.Ints(c.GetProperty("allowed"));
            Assert.True(total == allowed.Sum(token => counts[token]), $"{id}: a forbidden token was drawn");
            double chiSquare = c.GetProperty("bins").EnumerateArray().Zip(c.GetProperty("bin_probability").EnumerateArray(), (bin, p) =>
                Math.Pow(GoldenCases.Ints(bin).Sum(token => counts[token]) - p.GetDouble() * total, 2) / (p.GetDouble() * total)).Sum();
            double critical = c.GetProperty("critical_chi_square_p1e-4").GetDouble();
            Assert.True(chiSquare < critical, $"{id}: chi-square {chiSquare} is not below {critical}");
        }
    }

    private static int[] History(JsonElement c, string name) => c.TryGetProperty(name, out JsonElement ids) ? GoldenCases.Ints(ids) : [];

    private static string? Compare(GoldenCases golden, JsonElement c, string id, SamplingOptions options)
    {
        float[] row = golden.Tensor<float>(c.GetProperty("row").GetString()!);
        var sampler = new Sampler(options, row.Length);
        (int[] ids, double[] p) = sampler.Distribution(row, History(c, "prompt_ids"), History(c, "generated_ids"));
        int[] kept = golden.Tensor<int>(id + ".kept");
        double[] wanted = golden.Tensor<double>(id + ".p");
        if (c.TryGetProperty("rounding_border", out JsonElement border)
            && ids.Length != kept.Length && ids.Length == border.GetProperty("kept_count_float32").GetInt32())
        {
            return null;
        }
        HashSet<int> tied = c.TryGetProperty("depends_on_tie", out JsonElement tie) ? [.. GoldenCases.Ints(tie.GetProperty("tied_ids"))] : [];
        string? fault = CompareSets(Drawable(ids, p, tied), Drawable(kept, wanted, tied))
            ?? (ids.Count(tied.Contains) == kept.Count(tied.Contains) ? null : $"{ids.Count(tied.Contains)} of the tied are kept, not {kept.Count(tied.Contains)}");
        return fault ?? CompareProbabilities(p, wanted);
    }

    private static int[] Drawable(int[] ids, double[] p, HashSet<int> tied) =>
        [.. ids.Zip(p).Where(pair => pair.Second > SurelyDrawable && !tied.Contains(pair.First)).Select(pair => pair.First)];

    private static string? CompareSets(int[] found, int[] wanted) => found.AsSpan().SequenceEqual(wanted)
        ? null
        : $"kept too many: [{string.Join(' ', found.Except(wanted).Take(9))}], too few: [{string.Join(' ', wanted.Except(found).Take(9))}]";

    private static string? CompareProbabilities(double[] found, double[] wanted)
    {
        double[] a = [.. found.Where(x => x > SurelyDrawable).Order()], b = [.. wanted.Where(x => x > SurelyDrawable).Order()];
        for (int i = 0; i < b.Length; i++)
        {
            if (!(Math.Abs(a[i] - b[i]) <= Tolerance * b[i]))
            {
                return $"a probability is {a[i]}, not {b[i]}";
            }
        }
        return null;
    }
}
