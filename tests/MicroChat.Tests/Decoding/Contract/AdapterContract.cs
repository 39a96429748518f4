using MicroChat.Model.Decoding;

namespace MicroChat.Tests.Decoding.Contract;

/// <summary>The contract of adapters in training and serving.</summary>
public abstract class AdapterContract : DecoderContract
{
    /// <summary>An epsilon that keeps a gradient which is nearly 0, and so nearly noise, from moving its weight as far as any other.</summary>
    private static readonly OptimizerOptions Options = new() { Epsilon = 1e-4f };

    /// <summary>Modules of an adapter: some linear layers; all with embedding and output; a whole output matrix.</summary>
    public static TheoryData<string> Kinds => ["attention", "everything", "output"];

    [Theory, MemberData(nameof(Kinds))]
    public void Scores_gradients_and_updates_of_an_adapter_equal_the_managed_decoder(string kind)
    {
        using ParameterBlock weights = NewWeights(Small with { TieEmbeddings = false });
        using LoraAdapter adapter = NewAdapter(kind, 3), same = NewAdapter(kind, 3);
        adapter.Learn(Crew);
        same.Learn(Crew);
        using ITrainableDecoder decoder = Backend.NewTrainable(weights, frozen: true, recompute: kind == "everything");
        using var workspace = new TrainingWorkspace();
        using var reference = new TrainableDecoder(weights, Crew, frozen: true, workspace);
        (decoder.Adapter, reference.Adapter) = (adapter, same);
        for (int step = 0; step < 3; step++)
        {
            var random = new Random(step);
            TokenBatch batch = DrawBatch(random, Small.VocabularySize, 12, 5, 7);
            float[] dLogProb = Draw(random, batch.Tokens), dEntropy = Draw(random, batch.Tokens);
            DecoderGoldenTests.AssertClose(reference.Score(batch, null, entropy: true).LogProb, decoder.Score(batch, null, entropy: true).LogProb, Tolerance);
            reference.Backward(dLogProb, dEntropy, default);
            decoder.Backward(dLogProb, dEntropy, default);
            using ParameterBlock gradients = GradientsOf(decoder, adapter.Weights);
            AssertSame(same.Training!.Gradients, gradients, 10 * GradientTolerance);
            Assert.Equal(1, reference.Step(1e-2f, Options) / decoder.Step(1e-2f, Options), 1e-4);
        }
        Assert.Equal(3, decoder.Steps);
        decoder.ReadBack();
        AssertSame(same.Weights, adapter.Weights, 1e-3);
        AssertSame(same.Training!.Optimizer.Second, adapter.Training!.Optimizer.Second, 1e-3);
        Assert.Equal(3, adapter.Training.Optimizer.Steps);
    }

    [Fact]
    public void With_the_adapter_off_the_base_speaks_and_it_never_changes()
    {
        using ParameterBlock weights = NewWeights(Small), before = CopyOf(weights);
        using LoraAdapter adapter = NewAdapter("attention", 3);
        adapter.Learn(Crew);
        using ITrainableDecoder decoder = Backend.NewTrainable(weights, frozen: true, recompute: false);
        TokenBatch batch = DrawBatch(new Random(1), Small.VocabularySize, 12);
        float[] plain = decoder.Score(batch, null, entropy: false).LogProb.ToArray();
        decoder.Adapter = adapter;
        Assert.NotEqual(plain, decoder.ScoreAndBackward(batch, [.. Enumerable.Repeat(1f, 12)]).LogProb.ToArray());
        decoder.Step(1e-1f, new OptimizerOptions());
        decoder.Adapter = null;
        Assert.Equal(plain, decoder.Score(batch, null, entropy: false).LogProb.ToArray());
        decoder.ReadBack();
        AssertSame(before, weights, 0);
    }

    [Fact]
    public void Sequences_with_different_adapters_share_a_step_of_the_serving_decoder()
    {
        using ParameterBlock weights = NewWeights(Small with { TieEmbeddings = false });
        using LoraAdapter first = NewAdapter("everything", 3), second = NewAdapter("output", 4);
        LoraAdapter?[] adapters = [null, first, first, second];
        using IDecoder decoder = Backend.NewDecoder(weights, 64);
        using var reference = new Decoder(weights, Crew);
        float[][] wanted = Serve(reference, adapters), found = Serve(decoder, adapters);
        Assert.All(wanted.Index(), row => DecoderGoldenTests.AssertClose(row.Item, found[row.Index], Tolerance));
        Assert.NotEqual(found[1], found[2]);
    }

    [Fact]
    public void What_an_adapter_learns_the_serving_decoder_of_the_backend_says_at_once()
    {
        using ParameterBlock weights = NewWeights(Small);
        using LoraAdapter adapter = NewAdapter("attention", 3);
        adapter.Learn(Crew);
        using ITrainableDecoder trainer = Backend.NewTrainable(weights, frozen: true, recompute: false);
        using IDecoder server = Backend.NewDecoder(weights, 64);
        trainer.Adapter = adapter;
        float[] before = Serve(server, [adapter])[0];
        trainer.ScoreAndBackward(DrawBatch(new Random(1), Small.VocabularySize, 12), [.. Enumerable.Repeat(1f, 12)]);
        trainer.Step(1e-1f, new OptimizerOptions());
        float[] after = Serve(server, [adapter])[0];
        Assert.NotEqual(before, after);
        trainer.ReadBack();
        using var reference = new Decoder(weights, Crew);
        DecoderGoldenTests.AssertClose(Serve(reference, [adapter])[0], after, Tolerance);
    }

    /// <summary>Logits after a prompt and one more token for each, of sequences that differ in length.</summary>
    private static float[][] Serve(IDecoder decoder, LoraAdapter?[] adapters)
    {
        KeyValueCache[] caches = [.. adapters.Select(_ => decoder.NewCache(16))];
        var starts = new List<int> { 0 };
        var ids = new List<int>();
        for (int b = 0; b < adapters.Length; b++)
        {
            caches[b].Adapter = adapters[b];
            ids.AddRange(Enumerable.Range(0, 3 + b).Select(t => ((7 * t) + b) % decoder.Config.VocabularySize));
            starts.Add(ids.Count);
        }
        decoder.Forward(ids.ToArray(), starts.ToArray(), caches);
        decoder.Forward([.. adapters.Select((_, b) => b)], [.. Enumerable.Range(0, adapters.Length + 1)], caches);
        float[][] logits = [.. adapters.Select(_ => new float[decoder.Config.VocabularySize])];
        for (int b = 0; b < adapters.Length; b++)
        {
            decoder.ReadLogits(b, logits[b]);
        }
        Array.ForEach(caches, cache => cache.Dispose());
        return logits;
    }

    private static LoraAdapter NewAdapter(string kind, int seed)
    {
        LoraModule[] linear = [.. new[] { "q_proj", "v_proj" }.SelectMany(target => Enumerable.Range(0, Small.Layers).Select(layer => Module($"model.layers.{layer}.self_attn.{target}")))];
        LoraModule[] modules = kind switch
        {
            "everything" => [.. linear, Module("model.layers.1.mlp.gate_proj"), Module("model.layers.0.mlp.down_proj"), Module("model.layers.1.self_attn.o_proj"), Module("model.embed_tokens"), Module("lm_head")],
            _ => linear,
        };
        var adapter = new LoraAdapter(Small with { TieEmbeddings = false }, modules, replacesOutput: kind == "output");
        var random = new Random(seed);
        foreach (Parameter parameter in adapter.Weights.Parameters)
        {
            Draw(random, (int)parameter.Length).CopyTo(adapter.Weights[parameter]);
        }
        return adapter;
    }

    private static LoraModule Module(string name) => new(name, Rank: 3, Alpha: 2, RankStabilized: false);
}
