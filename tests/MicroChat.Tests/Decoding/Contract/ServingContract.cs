using System.Text.Json;
using MicroChat.Model.Decoding;
using MicroChat.Model.Sampling;

namespace MicroChat.Tests.Decoding.Contract;

/// <summary>The contract of <see cref="IDecoder"/>: cached decoding and sampling.</summary>
public abstract class ServingContract : DecoderContract
{
    /// <summary>Whether a token may differ where two cumulative sums part by less than their rounding: never with the managed sampler.</summary>
    private const double LogProbTolerance = 1e-5;

    public static IEnumerable<TheoryDataRow<string, string>> Models() => GoldenModel.Rows();

    /// <summary>Settings of the sampler, each alone and then together.</summary>
    public static TheoryData<string> Settings =>
    [
        "greedy", "plain", "hot", "top-k", "top-p", "top-p 0", "min-p", "penalties", "bias", "suppressed", "ngram", "typical", "epsilon", "eta", "all", "nothing left",
    ];

    [Theory, MemberData(nameof(Models))]
    [Trait("Category", Golden.Category)]
    public void Cached_decoding_gives_the_logits_of_the_reference_implementation_in_any_chunks(string name, string folder)
    {
        Assert.NotEmpty(name);
        using var model = new GoldenModel(folder);
        using IDecoder decoder = Backend.NewDecoder(model.Weights, 256);
        int[][] rows = [model.Ints("ids.0"), model.Ints("ids.1"), model.Ints("ids.2")];
        bool one = model.Has("cached_logits.0");
        foreach (int chunk in one ? new[] { 1 } : [1, 3, 64])
        {
            DecoderGoldenTests.AssertChunked(model, decoder, rows, one ? "cached_logits." : "logits.", chunk);
        }
        foreach (JsonProperty greedy in model.Expected.GetProperty("greedy").EnumerateObject())
        {
            int[] prompt = [.. greedy.Value.GetProperty("prompt").EnumerateArray().Select(e => e.GetInt32())];
            int[] wanted = [.. greedy.Value.GetProperty("tokens").EnumerateArray().Select(e => e.GetInt32())];
            Assert.Equal(wanted, DecoderGoldenTests.Greedy(decoder, prompt, wanted.Length));
        }
    }

    [Theory, MemberData(nameof(Shapes))]
    public void Sequences_of_many_lengths_in_one_step_get_the_logits_of_the_managed_decoder(string shape)
    {
        DecoderConfig config = ShapeOf(shape);
        using ParameterBlock weights = NewWeights(config);
        using IDecoder decoder = Backend.NewDecoder(weights, 64);
        using var reference = new Decoder(weights, Crew, 64);
        float[][] wanted = Walk(reference), found = Walk(decoder);
        Assert.Equal(wanted.Length, found.Length);
        Assert.All(wanted.Index(), row => DecoderGoldenTests.AssertClose(row.Item, found[row.Index], Tolerance));
    }

    [Fact]
    public void A_cache_is_cut_copied_and_taken_again_like_a_fresh_one()
    {
        using ParameterBlock weights = NewWeights(Small);
        using IDecoder decoder = Backend.NewDecoder(weights, 64);
        int[] ids = [3, 1, 4, 1, 5, 9, 2, 6];
        float[] straight = Logits(decoder, ids);
        using KeyValueCache long1 = decoder.NewCache(32), copy = decoder.NewCache(16), small = decoder.NewCache(4);
        decoder.Forward([3, 1, 4, 1, 5, 30, 31], [0, 7], [long1]);
        long1.Truncate(5);
        copy.CopyFrom(long1, 4);
        Assert.Equal((5, 4), (long1.Seen, copy.Seen));
        decoder.Forward([9, 2, 6], [0, 3], [long1]);
        DecoderGoldenTests.AssertClose(straight, Read(decoder, 0), Tolerance);
        decoder.Forward([5, 9, 2, 6], [0, 4], [copy]);
        DecoderGoldenTests.AssertClose(straight, Read(decoder, 0), Tolerance);
        Assert.Throws<ArgumentException>(() => small.CopyFrom(long1, 5));
        Assert.Throws<ArgumentException>(() => copy.CopyFrom(small, 1));
        Assert.True(copy.Bytes > 0 && long1.Bytes == 2 * copy.Bytes);
        for (int i = 0; i < 3; i++)
        {
            Assert.Equal(straight, Logits(decoder, ids)); // a row that was used before
        }
    }

    [Fact]
    public void A_step_that_does_not_fit_changes_nothing()
    {
        using ParameterBlock weights = NewWeights(Small);
        using IDecoder decoder = Backend.NewDecoder(weights, 8);
        using KeyValueCache cache = decoder.NewCache(4);
        Assert.Throws<ArgumentException>(() => decoder.NewCache(0));
        Assert.Throws<ArgumentException>(() => decoder.Forward([1, 2, 3, 4, 5], [0, 5], [cache]));
        Assert.Throws<ArgumentException>(() => decoder.Forward([37], [0, 1], [cache]));
        Assert.Throws<ArgumentException>(() => decoder.Forward([1, 2], [0, 1], [cache]));
        Assert.Throws<ArgumentException>(() => decoder.Forward([1], [0, 0, 1], [cache, cache]));
        Assert.Throws<ArgumentException>(() => decoder.Forward(new int[9], [0, 9], [cache]));
        Assert.Equal(0, cache.Seen);
        decoder.Forward([1], [0, 1], [cache]);
        Assert.Throws<ArgumentException>(() => decoder.ReadLogits(1, new float[37]));
        var sampler = new Sampler(new SamplingOptions(), Small.VocabularySize);
        Assert.Throws<ArgumentException>(() => decoder.Sample(0, sampler, default, default, 1.0, out _));
        Assert.Throws<ArgumentException>(() => decoder.Sample(-1, sampler, default, default, 0.5, out _));
    }

    [Theory, MemberData(nameof(Settings))]
    public void Tokens_are_drawn_as_the_managed_sampler_draws_them_one_by_one_and_together(string setting)
    {
        SamplingOptions options = OptionsOf(setting);
        using ParameterBlock weights = NewWeights(Small);
        using IDecoder decoder = Backend.NewDecoder(weights, 64);
        int[][] prompts = [[3, 1, 4, 1, 5], [9, 2, 6], [5, 3, 5, 8, 9, 7, 9]];
        KeyValueCache[] caches = [.. prompts.Select(_ => decoder.NewCache(16))];
        decoder.Forward([.. prompts.SelectMany(p => p)], [0, 5, 8, 15], caches);
        float[][] logits = [.. prompts.Select((_, b) => Read(decoder, b))];
        Sampler[] alone = [.. prompts.Select(_ => New(options))], together = [.. prompts.Select(_ => New(options))], wanted = [.. prompts.Select(_ => New(options))];
        var random = new Random(7);
        var replies = prompts.Select(_ => new List<int>()).ToArray();
        for (int draw = 0; draw < 40; draw++)
        {
            double u = random.NextDouble();
            SampleRequest[] requests = [.. prompts.Select((p, b) => new SampleRequest(b, together[b], p, replies[b].ToArray(), u))];
            var results = new SampledToken[requests.Length];
            decoder.Sample(requests, results);
            for (int b = 0; b < prompts.Length; b++)
            {
                int[] reply = [.. replies[b]];
                int token = wanted[b].Sample([.. logits[b]], prompts[b], reply, u, out float logProb);
                Assert.Equal(token, decoder.Sample(b, alone[b], prompts[b], reply, u, out float found));
                Assert.Equal((token, null), (results[b].Token, results[b].Failure));
                Assert.Equal(logProb, found, LogProbTolerance);
                Assert.Equal(logProb, results[b].LogProb, LogProbTolerance);
                Assert.Equal(wanted[b].ModelLogProbability, alone[b].ModelLogProbability, LogProbTolerance);
                Assert.Equal(wanted[b].ModelLogProbability, together[b].ModelLogProbability, LogProbTolerance);
                if (token >= 0 && reply.Length < 8)
                {
                    replies[b].Add(token);
                }
            }
        }
        Assert.Equal(logits[1], Read(decoder, 1)); // sampling leaves the row as it was
        Array.ForEach(caches, cache => cache.Dispose());
    }

    [Fact]
    public void Sequences_with_settings_of_their_own_are_drawn_together()
    {
        using ParameterBlock weights = NewWeights(Small);
        using IDecoder decoder = Backend.NewDecoder(weights, 64);
        string[] settings = [.. Settings.Select(row => row.Data)];
        KeyValueCache[] caches = [.. settings.Select(_ => decoder.NewCache(16))];
        int[] history = [3, 1, 3, 1];
        decoder.Forward([.. settings.SelectMany(_ => history)], [.. Enumerable.Range(0, settings.Length + 1).Select(b => 4 * b)], caches);
        float[] logits = Read(decoder, 0);
        SampleRequest[] requests = [.. settings.Select((setting, b) => new SampleRequest(b, New(OptionsOf(setting)), history, history, (b + 0.5) / settings.Length))];
        var results = new SampledToken[settings.Length];
        decoder.Sample(requests, results);
        for (int b = 0; b < settings.Length; b++)
        {
            int token = New(OptionsOf(settings[b])).Sample([.. logits], history, history, requests[b].Draw, out float logProb);
            Assert.Equal((settings[b], token), (settings[b], results[b].Token));
            Assert.Equal(logProb, results[b].LogProb, 1e-4);
        }
        Array.ForEach(caches, cache => cache.Dispose());
    }

    [Fact]
    public void Damaged_weights_are_told_from_their_logits()
    {
        using ParameterBlock weights = NewWeights(Small);
        weights["model.norm.weight"][3] = float.NaN;
        using IDecoder decoder = Backend.NewDecoder(weights, 64);
        using KeyValueCache cache = decoder.NewCache(8);
        decoder.Forward([1], [0, 1], [cache]);
        var results = new SampledToken[1];
        decoder.Sample([new SampleRequest(0, New(new SamplingOptions()), default, default, 0.5)], results);
        Assert.Contains("The logit of token 0 is NaN", Assert.IsType<ArgumentException>(results[0].Failure).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => decoder.Sample(0, New(new SamplingOptions()), default, default, 0.5, out _));
    }

    protected static SamplingOptions OptionsOf(string setting)
    {
        SamplingOptions plain = new() { Temperature = 0.9, TopP = 1 };
        return setting switch
        {
            "greedy" => plain with { Temperature = 0, RepetitionPenalty = 1.5 },
            "hot" => plain with { Temperature = 3 },
            "top-k" => plain with { TopK = 5 },
            "top-p" => plain with { TopP = 0.7 },
            "top-p 0" => plain with { TopP = 0 },
            "min-p" => plain with { MinP = 0.1 },
            "penalties" => plain with { RepetitionPenalty = 1.3, FrequencyPenalty = 0.4, PresencePenalty = 0.7 },
            "bias" => plain with { LogitBias = new Dictionary<int, double> { [3] = 4, [5] = -3, [9] = 2.5 } },
            "suppressed" => plain with { SuppressedTokens = [0, 1, 2, 3, 4, 500] },
            "ngram" => plain with { NoRepeatNgram = 2 },
            "typical" => plain with { TypicalP = 0.6 },
            "epsilon" => plain with { EpsilonCutoff = 0.05 },
            "eta" => plain with { EtaCutoff = 0.05 },
            "all" => plain with
            {
                RepetitionPenalty = 1.2,
                FrequencyPenalty = 0.2,
                PresencePenalty = 0.1,
                NoRepeatNgram = 3,
                TopK = 20,
                TopP = 0.95,
                MinP = 0.01,
                TypicalP = 0.95,
                EpsilonCutoff = 0.001,
                EtaCutoff = 0.002,
                LogitBias = new Dictionary<int, double> { [7] = 1 },
                SuppressedTokens = [8],
            },
            "nothing left" => plain with { SuppressedTokens = [.. Enumerable.Range(0, Small.VocabularySize)] },
            _ => plain,
        };
    }

    private static Sampler New(SamplingOptions options) => new(options, Small.VocabularySize);

    /// <summary>Five sequences that come and go: prompts in pieces beside single tokens, caches of two sizes, one that leaves in the middle.</summary>
    private static float[][] Walk(IDecoder decoder)
    {
        var logits = new List<float[]>();
        KeyValueCache[] caches = [.. new[] { 24, 24, 40, 24, 40 }.Select(decoder.NewCache)];
        int[][] steps = [[3, 0, 5, 0, 0], [1, 7, 1, 0, 2], [1, 1, 1, 4, 1], [0, 1, 1, 1, 6], [1, 0, 0, 1, 1], [2, 0, 3, 1, 1]];
        int id = 0;
        foreach (int[] counts in steps)
        {
            int[] running = [.. Enumerable.Range(0, counts.Length).Where(b => counts[b] > 0)];
            var starts = new List<int> { 0 };
            foreach (int b in running)
            {
                starts.Add(starts[^1] + counts[b]);
            }
            int[] ids = [.. Enumerable.Range(0, starts[^1]).Select(_ => id++ * 5 % decoder.Config.VocabularySize)];
            decoder.Forward(ids, starts.ToArray(), running.Select(b => caches[b]).ToArray());
            logits.AddRange(running.Select((_, row) => Read(decoder, row)));
        }
        Array.ForEach(caches, cache => cache.Dispose());
        return [.. logits];
    }

    private static float[] Logits(IDecoder decoder, int[] ids)
    {
        using KeyValueCache cache = decoder.NewCache(32);
        decoder.Forward(ids, [0, ids.Length], [cache]);
        return Read(decoder, 0);
    }

    private static float[] Read(IDecoder decoder, int sequence)
    {
        float[] logits = new float[decoder.Config.VocabularySize];
        decoder.ReadLogits(sequence, logits);
        return logits;
    }
}
