using MicroChat.Kernels;
using MicroChat.Model.Decoding;

namespace MicroChat.Tests.Decoding;

public sealed class BatchIndependenceTests
{
    private static readonly DecoderConfig Config = new()
    {
        ModelType = "llama", VocabularySize = 61, Width = 48, Layers = 2, Heads = 4, KeyValueHeads = 2, HeadSize = 12, FeedForward = 80,
        ContextTokens = 128, NormEpsilon = 1e-5f, RopeTheta = 10_000, TieEmbeddings = true, InitializerRange = 0.4f, EndTokenIds = [60],
    };

    [Theory]
    [InlineData(1, 0)]
    [InlineData(3, 1)]
    [InlineData(8, 5)]
    [InlineData(33, 15)]
    [InlineData(70, 3)]
    public void Logits_have_the_same_bits_however_a_sequence_is_cut_into_steps_and_whatever_else_runs(int piece, int others)
    {
        using var crew = new Crew(2);
        using var weights = new ParameterBlock(Config);
        WeightInitializer.Initialize(weights, seed: 2);
        using var decoder = new Decoder(weights, crew, stepTokens: 256);
        int[] ids = [.. Enumerable.Range(0, 70).Select(i => i * 7 % 61)];
        float[] one = Last(decoder, ids, piece: 1, others: 0), many = Last(decoder, ids, piece, others);
        Assert.Equal(one, many);
    }

    [Fact]
    public void A_copied_cache_goes_on_as_the_original()
    {
        using var crew = new Crew(1);
        using var weights = new ParameterBlock(Config);
        WeightInitializer.Initialize(weights, seed: 2);
        using var decoder = new Decoder(weights, crew);
        using KeyValueCache original = decoder.NewCache(40), copy = decoder.NewCache(64), small = decoder.NewCache(4);
        decoder.Forward([1, 2, 3, 4, 5, 6], [0, 6], [original]);
        copy.CopyFrom(original, 4);
        Assert.Equal(4, copy.Seen);
        float[] wanted = new float[61], found = new float[61];
        original.Truncate(4);
        decoder.Forward([9], [0, 1], [original]);
        decoder.ReadLogits(0, wanted);
        decoder.Forward([9], [0, 1], [copy]);
        decoder.ReadLogits(0, found);
        Assert.Equal(wanted, found);
        Assert.Throws<ArgumentException>(() => small.CopyFrom(original, 5));
        Assert.Throws<ArgumentException>(() => copy.CopyFrom(original, 6));
        Assert.Equal(0, small.Seen);
    }

    private static float[] Last(Decoder decoder, int[] ids, int piece, int others)
    {
        KeyValueCache[] caches = [.. Enumerable.Range(0, others + 1).Select(_ => decoder.NewCache(ids.Length + 8))];
        float[] logits = new float[Config.VocabularySize];
        for (int at = 0; at < ids.Length; at += piece)
        {
            int[] step = ids[at..Math.Min(at + piece, ids.Length)];
            int[] borders = [0, step.Length, .. Enumerable.Range(1, others).Select(i => step.Length + i)];
            decoder.Forward([.. step, .. Enumerable.Repeat(at % 61, others)], borders, caches);
        }
        decoder.ReadLogits(0, logits);
        foreach (KeyValueCache cache in caches)
        {
            cache.Dispose();
        }
        return logits;
    }
}
