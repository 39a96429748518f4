using System.Globalization;
using System.Text.Json;
using MicroChat.Kernels;

namespace MicroChat.Tests.Kernels;

public sealed class AdamWTests
{
    public static TheoryData<string, string> Traces => Cases("optim/adamw.json", "id");

    public static TheoryData<string, string> Clips => Cases("optim/clip_grad_norm.json", "note");

    [Theory]
    [Trait("Category", Golden.Category)]
    [MemberData(nameof(Traces))]
    public void Every_step_of_a_reference_trace_is_repeated(string file, string name)
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllText(file));
        JsonElement trace = Find(document, "id", name), options = trace.GetProperty("options");
        using var crew = new Crew(2);
        foreach (JsonProperty parameter in trace.GetProperty("inputs").GetProperty("parameters").EnumerateObject())
        {
            float[] w = Flat(parameter.Value), m = new float[w.Length], v = new float[w.Length];
            JsonElement gradients = trace.GetProperty("inputs").GetProperty("gradients");
            JsonElement expected = trace.GetProperty("expected"), after = expected.GetProperty("parameters_after_each_step");
            for (int i = 0; i < gradients.GetArrayLength(); i++)
            {
                AdamW.Step(crew, w, Flat(gradients[i].GetProperty(parameter.Name)), m, v, Step(options, parameter.Name, i));
                AssertNear(Flat(after[i].GetProperty(parameter.Name)), w, $"{parameter.Name} after step {i + 1}");
            }
            AssertNear(Flat(expected.GetProperty("first_moment").GetProperty(parameter.Name)), m, "first moment");
            AssertNear(Flat(expected.GetProperty("second_moment").GetProperty(parameter.Name)), v, "second moment");
        }
    }

    [Theory]
    [Trait("Category", Golden.Category)]
    [MemberData(nameof(Clips))]
    public void Clipping_equals_the_reference(string file, string name)
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllText(file));
        JsonElement clip = Find(document, "note", name), options = clip.GetProperty("options");
        Assert.SkipUnless(Number(options.GetProperty("norm_type")) == 2, "Only the Euclidean norm is built.");
        using var crew = new Crew(1);
        var norm = new GradientNorm();
        float[][] gradients = [.. clip.GetProperty("inputs").GetProperty("gradients").EnumerateArray().Select(Flat)];
        foreach (float[] gradient in gradients)
        {
            norm.Add(crew, gradient);
        }
        JsonElement expected = clip.GetProperty("expected");
        double wanted = Number(expected.GetProperty("total_norm"));
        bool overflowed = double.IsInfinity(wanted) && gradients.All(gradient => gradient.All(float.IsFinite));
        Assert.SkipWhen(overflowed, "The reference's float32 norm overflows; this one is taken in double.");
        AssertNear([(float)wanted], [(float)norm.Value], "norm");
        float factor = norm.ClipFactor(Number(options.GetProperty("max_norm")));
        float[][] clipped = [.. expected.GetProperty("gradients").EnumerateArray().Select(Flat)];
        for (int i = 0; i < gradients.Length; i++)
        {
            Vectors.Scale(crew, factor, gradients[i]);
            AssertNear(clipped[i], gradients[i], $"gradient {i}");
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(15)]
    [InlineData(16)]
    [InlineData(17)]
    [InlineData(30_001)]
    public void Steps_equal_the_formula_in_double(int n)
    {
        float[] w = Numbers.Draw(1, n), g = Numbers.Draw(2, n);
        double[] wide = Numbers.Wide(w), m = new double[n], v = new double[n];
        for (int step = 1; step <= 3; step++)
        {
            for (int i = 0; i < n; i++)
            {
                double gradient = 0.5 * g[i];
                m[i] = (0.9 * m[i]) + (0.1 * gradient);
                v[i] = (0.95 * v[i]) + (0.05 * gradient * gradient);
                double root = Math.Sqrt(v[i] / (1 - Math.Pow(0.95, step)));
                wide[i] = (wide[i] * (1 - (0.01 * 0.1))) - (0.01 * m[i] / (1 - Math.Pow(0.9, step)) / (root + 1e-8));
            }
        }
        float[] found = Numbers.SameOnEveryCrew(crew =>
        {
            float[] x = [.. w], first = new float[n], second = new float[n];
            for (int step = 1; step <= 3; step++)
            {
                AdamW.Step(crew, x, g, first, second, new AdamWStep(0.01f, 0.9f, 0.95f, 1e-8f, 0.1f, step, 0.5f));
            }
            return [.. x, .. first, .. second];
        });
        Numbers.AssertClose([.. wide, .. m, .. v], found, 1e-6);
    }

    [Fact]
    public void A_warm_step_allocates_nothing()
    {
        float[] w = new float[20_000], g = new float[20_000], m = new float[20_000], v = new float[20_000];
        var step = new AdamWStep(0.01f, 0.9f, 0.95f, 1e-8f, 0.1f, 1, 1f);
        Numbers.AssertAllocatesNothing(crew => AdamW.Step(crew, w, g, m, v, step));
    }

    [Fact]
    public void Step_zero_is_refused()
    {
        using var crew = new Crew(1);
        Assert.Throws<ArgumentException>(() => AdamW.Step(crew, new float[1], new float[1], new float[1], new float[1], default));
    }

    private static AdamWStep Step(JsonElement options, string parameter, int i)
    {
        JsonElement betas = options.GetProperty("betas");
        double rate = options.TryGetProperty("lr_per_step", out JsonElement rates) ? Number(rates[i]) : Number(options.GetProperty("lr"));
        bool decayed = !options.TryGetProperty("decayed", out JsonElement names) || names.EnumerateArray().Any(name => name.GetString() == parameter);
        double decay = decayed ? Number(options.GetProperty("weight_decay")) : 0;
        return new AdamWStep(
            (float)rate, (float)Number(betas[0]), (float)Number(betas[1]), (float)Number(options.GetProperty("eps")), (float)decay, i + 1, 1f);
    }

    private static TheoryData<string, string> Cases(string path, string key)
    {
        var rows = new TheoryData<string, string>();
        foreach (string file in Golden.Files(path))
        {
            using JsonDocument document = JsonDocument.Parse(File.ReadAllText(file));
            foreach (JsonElement one in document.RootElement.GetProperty("cases").EnumerateArray())
            {
                rows.Add(file, one.GetProperty(key).GetString()!);
            }
        }
        return rows;
    }

    private static JsonElement Find(JsonDocument document, string key, string name) =>
        document.RootElement.GetProperty("cases").EnumerateArray().First(one => one.GetProperty(key).GetString() == name);

    private static float[] Flat(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Array => [.. element.EnumerateArray().SelectMany(Flat)],
        JsonValueKind.Null => [],
        _ => [(float)Number(element)],
    };

    private static double Number(JsonElement element) =>
        element.ValueKind == JsonValueKind.String ? double.Parse(element.GetString()!, CultureInfo.InvariantCulture) : element.GetDouble();

    /// <summary>Within 2e-6, as the reference's notes allow for float32; relative above 1; NaN and infinities alike.</summary>
    private static void AssertNear(float[] wanted, float[] found, string what)
    {
        Assert.Equal(wanted.Length, found.Length);
        for (int i = 0; i < wanted.Length; i++)
        {
            bool near = wanted[i].Equals(found[i]) || Math.Abs(wanted[i] - found[i]) <= 2e-6 * Math.Max(1, Math.Abs(wanted[i]));
            Assert.True(near, $"{what}: element {i} is {found[i]:R}, wanted {wanted[i]:R}");
        }
    }
}
