using System.Text.Json;
using MicroChat.Model.Decoding;

namespace MicroChat.Tests.Decoding;

[Trait("Category", Golden.Category)]
public sealed class DecoderGoldenTests
{
    private const double LogitTolerance = 1e-4;

    public static IEnumerable<TheoryDataRow<string, string>> Models() => GoldenModel.Rows();

    public static IEnumerable<TheoryDataRow<string, string>> ModelsWithSecondConfig() => GoldenModel.Rows("config.v5.json");

    [Theory, MemberData(nameof(Models))]
    public void Hidden_states_trace_and_log_probabilities_equal_the_reference(string name, string folder)
    {
        Assert.NotEmpty(name);
        using var model = new GoldenModel(folder);
        using var decoder = new TrainableDecoder(model.Weights, model.Crew);
        TokenBatch batch = model.Batch();
        // Families whose frequencies depend on the length are compared row by row, as the reference computed them.
        for (int i = 0; i < 3; i++)
        {
            int[] ids = batch.Ids[batch.RowStarts[i]..batch.RowStarts[i + 1]];
            TokenScores scores = decoder.Score(TokenBatch.NextToken(ids, [0, ids.Length], default), null, entropy: false);
            AssertClose(model.Floats($"logp.{i}"), scores.LogProb[..^1], LogitTolerance);
            float[] hidden = model.Floats($"hidden.{i}");
            AssertClose(hidden, decoder.Hidden, 1e-5 * hidden.Max(MathF.Abs));
            for (int layer = 0; i == 1 && layer <= model.Config.Layers; layer++)
            {
                AssertClose(model.Floats($"trace.{layer}"), decoder.Trace(layer), LogitTolerance);
            }
        }
        Assert.Equal(model.Expected.GetProperty("lm_loss").GetDouble(), MeanLoss(decoder, batch), 1e-5);
    }

    [Theory, MemberData(nameof(Models))]
    public void Gradients_of_every_parameter_equal_the_reference(string name, string folder)
    {
        Assert.NotEmpty(name);
        using var model = new GoldenModel(folder);
        if (!model.Has("head"))
        {
            return; // a storage variant: the same numbers are checked in the folder that it varies
        }
        using var decoder = new TrainableDecoder(model.Weights, model.Crew);
        TokenBatch batch = model.Batch();
        using var head = new ScalarHead(model.Config);
        Trainable learning = head.Learn(model.Crew);
        model.Floats("head").CopyTo(head.Weight);
        (float[] dLogProb, float[] dScalar) = Coefficients(model, batch);

        TokenScores scores = decoder.Score(batch, head, entropy: false);
        double objective = 0;
        for (int t = 0; t < batch.Tokens; t++)
        {
            objective += (dLogProb[t] * scores.LogProb[t]) + (dScalar[t] * scores.Scalar[t]);
        }
        Assert.Equal(model.Expected.GetProperty("objective").GetDouble(), objective, 1e-3);
        decoder.Backward(dLogProb, default, dScalar);

        double largest = model.Weights.Parameters.Max(p => model.Floats("grad." + p.Name).Max(MathF.Abs));
        Assert.All(model.Weights.Parameters, p => AssertClose(model.Floats("grad." + p.Name), decoder.Gradients[p], 2e-5 * largest));
        AssertClose(model.Floats("grad.head"), learning.Gradients[ScalarHead.WeightName], 2e-5 * Math.Max(largest, model.Floats("grad.head").Max(MathF.Abs)));
    }

    [Theory, MemberData(nameof(Models))]
    public void Cached_decoding_gives_the_reference_logits_in_any_chunks(string name, string folder)
    {
        Assert.NotEmpty(name);
        using var model = new GoldenModel(folder);
        using var decoder = new Decoder(model.Weights, model.Crew);
        int[][] rows = [model.Ints("ids.0"), model.Ints("ids.1"), model.Ints("ids.2")];
        string wanted = model.Has("cached_logits.0") ? "cached_logits." : "logits.";
        foreach (int chunk in model.Has("cached_logits.0") ? new[] { 1 } : new[] { 1, 3, 64 })
        {
            AssertChunked(model, decoder, rows, wanted, chunk);
        }
    }

    [Theory, MemberData(nameof(Models))]
    public void Greedy_continuations_equal_the_reference(string name, string folder)
    {
        Assert.NotEmpty(name);
        using var model = new GoldenModel(folder);
        using var decoder = new Decoder(model.Weights, model.Crew);
        foreach (JsonProperty greedy in model.Expected.GetProperty("greedy").EnumerateObject())
        {
            int[] prompt = [.. greedy.Value.GetProperty("prompt").EnumerateArray().Select(e => e.GetInt32())];
            int[] wanted = [.. greedy.Value.GetProperty("tokens").EnumerateArray().Select(e => e.GetInt32())];
            Assert.Equal(wanted, Greedy(decoder, prompt, wanted.Length));
        }
    }

    [Theory, MemberData(nameof(ModelsWithSecondConfig))]
    public void The_newer_config_style_gives_the_same_model(string name, string folder)
    {
        Assert.NotEmpty(name);
        using var model = new GoldenModel(folder);
        using var second = new GoldenModel(folder, "config.v5.json");
        Assert.Equal(model.Config.RopeScaling, second.Config.RopeScaling);
        using var decoder = new Decoder(second.Weights, second.Crew);
        AssertChunked(second, decoder, [second.Ints("ids.1")], "logits.", chunk: 64, first: 1);
    }

    internal static void AssertChunked(GoldenModel model, IDecoder decoder, int[][] rows, string wanted, int chunk, int first = 0)
    {
        int V = model.Config.VocabularySize;
        KeyValueCache[] caches = [.. rows.Select(row => decoder.NewCache(row.Length))];
        float[] logits = new float[V];
        for (int at = 0; rows.Any(row => at < row.Length); at += chunk)
        {
            int[] running = [.. Enumerable.Range(0, rows.Length).Where(i => at < rows[i].Length)];
            var ids = new List<int>();
            var starts = new List<int> { 0 };
            foreach (int i in running)
            {
                ids.AddRange(rows[i][at..Math.Min(at + chunk, rows[i].Length)]);
                starts.Add(ids.Count);
            }
            decoder.Forward(ids.ToArray(), starts.ToArray(), running.Select(i => caches[i]).ToArray());
            for (int b = 0; b < running.Length; b++)
            {
                decoder.ReadLogits(b, logits);
                int last = Math.Min(at + chunk, rows[running[b]].Length) - 1;
                AssertClose(model.Floats($"{wanted}{running[b] + first}").AsSpan(last * V, V), logits, LogitTolerance);
            }
        }
        Array.ForEach(caches, cache => cache.Dispose());
    }

    internal static int[] Greedy(IDecoder decoder, int[] prompt, int count)
    {
        using KeyValueCache cache = decoder.NewCache(prompt.Length + count);
        float[] logits = new float[decoder.Config.VocabularySize];
        var reply = new List<int>();
        int[] next = prompt;
        while (reply.Count < count)
        {
            decoder.Forward(next, [0, next.Length], [cache]);
            decoder.ReadLogits(0, logits);
            next = [Array.IndexOf(logits, logits.Max())];
            reply.Add(next[0]);
        }
        return [.. reply];
    }

    internal static (float[] DLogProb, float[] DScalar) Coefficients(GoldenModel model, TokenBatch batch)
    {
        float[] dLogProb = new float[batch.Tokens], dScalar = new float[batch.Tokens];
        for (int i = 0; i < 3; i++)
        {
            model.Floats($"w.{i}").CopyTo(dLogProb, batch.RowStarts[i]);
            model.Floats($"u.{i}").CopyTo(dScalar, batch.RowStarts[i]);
        }
        return (dLogProb, dScalar);
    }

    private static double MeanLoss(TrainableDecoder decoder, TokenBatch batch)
    {
        double sum = 0;
        for (int i = 0; i + 1 < batch.RowStarts.Length; i++)
        {
            int[] ids = batch.Ids[batch.RowStarts[i]..batch.RowStarts[i + 1]];
            foreach (float logProb in decoder.Score(TokenBatch.NextToken(ids, [0, ids.Length], default), null, entropy: false).LogProb)
            {
                sum -= logProb;
            }
        }
        return sum / batch.TargetCount;
    }

    internal static void AssertClose(ReadOnlySpan<float> wanted, ReadOnlySpan<float> found, double tolerance)
    {
        Assert.Equal(wanted.Length, found.Length);
        for (int i = 0; i < wanted.Length; i++)
        {
            if (!(Math.Abs(wanted[i] - found[i]) <= tolerance))
            {
                Assert.Fail($"element {i}: wanted {wanted[i]}, found {found[i]}, tolerance {tolerance}");
            }
        }
    }
}
