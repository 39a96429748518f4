using MicroChat.Model.Sampling;

namespace MicroChat.Tests.Sampling;

public sealed class SamplerTests
{
    private static readonly SamplingOptions Plain = new() { Temperature = 1, TopP = 1 };

    public static TheoryData<SamplingOptions> EveryKind() =>
    [
        new SamplingOptions(),
        Plain,
        new SamplingOptions { Temperature = 0 },
        new SamplingOptions { TopK = 40, MinP = 0.02, RepetitionPenalty = 1.1, FrequencyPenalty = 0.2, PresencePenalty = 0.1, NoRepeatNgram = 3 },
        new SamplingOptions { TopP = 1, TypicalP = 0.9, EpsilonCutoff = 1e-4, EtaCutoff = 1e-4, LogitBias = new Dictionary<int, double> { [3] = 2 }, SuppressedTokens = [5] },
    ];

    [Theory]
    [MemberData(nameof(EveryKind))]
    public void A_token_costs_no_allocation(SamplingOptions options)
    {
        float[] logits = Row(6_000, 3);
        var sampler = new Sampler(options, logits.Length);
        var draws = new SeededDraws(1, 2);
        int[] prompt = [5, 9, 9, 700], reply = new int[200];
        for (int i = 0; i < 100; i++)
        {
            reply[i] = sampler.Sample(logits, prompt, reply.AsSpan(0, i), draws.NextDouble(), out _);
        }
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 100; i < 200; i++)
        {
            reply[i] = sampler.Sample(logits, prompt, reply.AsSpan(0, i), draws.NextDouble(), out _);
        }
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Theory]
    [MemberData(nameof(EveryKind))]
    public void Carried_counts_equal_a_fresh_count(SamplingOptions options)
    {
        float[] logits = Row(300, 4);
        var carried = new Sampler(options, logits.Length);
        int[] prompt = [5, 9, 9, 70, 1_000, -1], reply = new int[60];
        var draws = new SeededDraws(7, 0);
        for (int i = 0; i < reply.Length; i++)
        {
            double draw = draws.NextDouble();
            int fresh = new Sampler(options, logits.Length).Sample(logits, prompt, reply.AsSpan(0, i), draw, out float wanted);
            reply[i] = carried.Sample(logits, prompt, reply.AsSpan(0, i), draw, out float found);
            Assert.Equal((fresh, wanted), (reply[i], found));
        }
        int other = carried.Sample(logits, prompt.AsSpan(0, 2), reply.AsSpan(3, 9), 0.4, out float otherLog);
        Assert.Equal(new Sampler(options, 300).Sample(logits, prompt.AsSpan(0, 2), reply.AsSpan(3, 9), 0.4, out float freshLog), other);
        Assert.Equal(freshLog, otherLog);
    }

    [Theory]
    [MemberData(nameof(EveryKind))]
    public void The_row_is_unchanged_afterwards(SamplingOptions options)
    {
        float[] logits = Row(500, 5), copy = [.. logits];
        new Sampler(options, logits.Length).Sample(logits, [1, 2, 3], [4, 4, 5], 0.3, out _);
        Assert.Equal(copy, logits);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(513)]
    [InlineData(10_007)]
    public void Log_probabilities_are_those_of_the_formulas(int vocabulary)
    {
        float[] logits = Row(vocabulary, 6);
        double mass = logits.Sum(x => Math.Exp(x)), warmMass = logits.Sum(x => Math.Exp(x / 0.7));
        var sampler = new Sampler(Plain with { Temperature = 0.7 }, vocabulary);
        var draws = new SeededDraws(3, 3);
        for (int i = 0; i < 20; i++)
        {
            int token = sampler.Sample(logits, [], [], draws.NextDouble(), out float logProb);
            Assert.Equal(logits[token] / 0.7 - Math.Log(warmMass), logProb, 1e-5);
            Assert.Equal(logits[token] - Math.Log(mass), sampler.ModelLogProbability, 1e-5);
        }
    }

    [Fact]
    public void The_models_own_probability_ignores_bias_and_cut()
    {
        float[] logits = [1, 0, -1];
        var sampler = new Sampler(Plain with { TopK = 1, LogitBias = new Dictionary<int, double> { [2] = 50 }, RepetitionPenalty = 2 }, 3);
        Assert.Equal(2, sampler.Sample(logits, [2], [], 0.9, out float logProb));
        Assert.Equal(0f, logProb, 1e-6f);
        Assert.Equal(-1 - Math.Log(Math.E + 1 + 1 / Math.E), sampler.ModelLogProbability, 1e-6);
    }

    /// <summary>A large row takes the road with a floor and single-precision mass; the small road is the reference.</summary>
    [Theory]
    [InlineData(0.0)]
    [InlineData(0.3)]
    [InlineData(0.95)]
    [InlineData(0.9999)]
    public void Top_p_of_a_large_row_equals_a_full_sort(double p)
    {
        float[] logits = Row(50_257, 8);
        double[] weights = [.. logits.Select(x => Math.Exp(x / 0.8))];
        double mass = weights.Sum(), sum = 0;
        int[] kept = [.. Enumerable.Range(0, logits.Length).OrderByDescending(id => logits[id]).ThenByDescending(id => id)
            .TakeWhile((id, rank) => { bool keep = rank == 0 || sum < p * mass; sum += weights[id]; return keep; }).Order()];
        (int[] ids, double[] probabilities) = new Sampler(Plain with { Temperature = 0.8, TopP = p }, logits.Length).Distribution(logits, [], []);
        double disputed = ids.Except(kept).Concat(kept.Except(ids)).Sum(id => weights[id]) / mass;
        Assert.InRange(disputed, 0, 1e-6);
        Assert.Equal(1.0, probabilities.Sum(), 1e-12);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(50)]
    [InlineData(600)]
    [InlineData(9_999)]
    public void Top_k_of_a_large_row_equals_a_full_sort(int k)
    {
        foreach (float[] logits in new[] { Row(10_000, 9), [.. Row(10_000, 9).Order()], [.. Row(10_000, 9).OrderDescending()] })
        {
            float floor = logits.OrderDescending().ElementAt(k - 1);
            (int[] ids, _) = new Sampler(Plain with { TopK = k }, logits.Length).Distribution(logits, [], []);
            Assert.Equal([.. Enumerable.Range(0, logits.Length).Where(id => logits[id] >= floor)], ids);
        }
    }

    [Theory]
    [MemberData(nameof(EveryKind))]
    public void Nothing_left_ends_the_reply(SamplingOptions options)
    {
        float[] banned = [.. Enumerable.Repeat(float.NegativeInfinity, 20)];
        Assert.Equal(Sampler.NothingLeft, new Sampler(options, 20).Sample(banned, [1], [2], 0.5, out float logProb));
        Assert.True(float.IsNaN(logProb));
        var all = new Sampler(options with { SuppressedTokens = [.. Enumerable.Range(0, 20)] }, 20);
        Assert.Equal(Sampler.NothingLeft, all.Sample(new float[20], [1], [2], 0.5, out _));
        Assert.True(float.IsNaN(all.ModelLogProbability));
    }

    [Theory]
    [InlineData(float.NaN, 0)]
    [InlineData(float.NaN, 40)]
    [InlineData(float.PositiveInfinity, 17)]
    public void A_damaged_row_is_refused_with_its_place(float value, int at)
    {
        float[] logits = Row(41, 1);
        logits[at] = value;
        ArgumentException e = Assert.Throws<ArgumentException>(() => new Sampler(Plain, 41).Sample(logits, [], [], 0.5, out _));
        Assert.Contains($"token {at} is {value}", e.Message);
    }

    [Theory]
    [InlineData(-0.1)]
    [InlineData(1.0)]
    [InlineData(double.NaN)]
    public void A_draw_outside_its_range_is_refused(double draw) =>
        Assert.Contains($"draw is {draw}", Assert.Throws<ArgumentException>(() => new Sampler(Plain, 4).Sample(new float[4], [], [], draw, out _)).Message);

    [Fact]
    public void A_row_of_another_length_and_a_bias_outside_the_vocabulary_are_refused()
    {
        Assert.Contains("has 5 logits", Assert.Throws<ArgumentException>(() => new Sampler(Plain, 4).Sample(new float[5], [], [], 0, out _)).Message);
        var biased = Plain with { LogitBias = new Dictionary<int, double> { [4] = 1 } };
        Assert.Contains("names token 4", Assert.Throws<ArgumentException>(() => new Sampler(biased, 4)).Message);
    }

    [Fact]
    public void The_ends_of_the_draw_give_the_first_and_the_last_possible_token()
    {
        float[] logits = [float.NegativeInfinity, 0, float.NegativeInfinity, 0, -1e4f];
        foreach (SamplingOptions options in new[] { Plain, Plain with { TopK = 4 } })
        {
            Assert.Equal(1, new Sampler(options, 5).Sample(logits, [], [], 0, out _));
            Assert.Equal(3, new Sampler(options, 5).Sample(logits, [], [], Math.BitDecrement(1.0), out _));
        }
    }

    /// <summary>Logits of a zipf-like row with noise: no ties.</summary>
    private static float[] Row(int vocabulary, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, vocabulary).Select(_ => (float)(6 * Math.Sqrt(-Math.Log(1 - random.NextDouble())) * Math.Cos(random.NextDouble())))];
    }
}
