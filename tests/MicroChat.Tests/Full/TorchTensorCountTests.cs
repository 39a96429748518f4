using MicroChat.Kernels;
using MicroChat.Model.Decoding;
using MicroChat.Model.Sampling;
using MicroChat.Torch;
using TorchSharp;
using static MicroChat.Tests.Full.TorchDecoderTests;

namespace MicroChat.Tests.Full;

/// <summary>Tensors are counted for the whole process, so that nothing else may run meanwhile.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class LiveTensors
{
    public const string Name = "Live tensors";
}

/// <summary>Memory on a device is given back at once, not when the collector comes by.</summary>
[Collection(LiveTensors.Name)]
public sealed class TorchTensorCountTests
{
    [Fact]
    public void No_tensor_is_left_behind_in_ten_thousand_steps()
    {
        using TorchBackend backend = NewBackend(TorchPrecision.Float32);
        using ParameterBlock weights = NewWeights();
        using IDecoder server = backend.NewDecoder(weights, 64);
        using ITrainableDecoder trainer = backend.NewTrainable(weights, frozen: false, recompute: false), again = backend.NewTrainable(weights, frozen: true, recompute: true);
        using var crew = new Crew(1);
        using LoraAdapter adapter = LoraAdapter.Create(Small, new LoraOptions { Rank = 2 }, seed: 1);
        using var head = new ScalarHead(Small);
        adapter.Learn(crew);
        head.Learn(crew);
        again.Adapter = adapter;
        using KeyValueCache first = server.NewCache(8), second = server.NewCache(8);
        KeyValueCache[] caches = [first, second];
        first.Adapter = adapter;
        var sampler = new Sampler(new SamplingOptions { TopK = 5, RepetitionPenalty = 1.2 }, Small.VocabularySize);
        long after = 0;
        for (int step = 0; step < 10_000; step++)
        {
            Array.ForEach(caches, cache => cache.Truncate(cache.Seen == 8 ? 0 : cache.Seen));
            server.Forward([1, 2], [0, 1, 2], caches);
            server.Sample(step % 2, sampler, [1], [2], 0.5, out _);
            if (step % 20 == 0)
            {
                Train(step % 40 == 0 ? trainer : again, head);
            }
            if (step == 100)
            {
                after = torch.Tensor.TotalCount;
            }
        }
        Assert.Equal(after, torch.Tensor.TotalCount);
    }

    [Fact]
    public void What_is_disposed_leaves_no_tensor()
    {
        GC.Collect();                     // what other tests left behind shall not go in the middle of this one
        GC.WaitForPendingFinalizers();
        long before = torch.Tensor.TotalCount;
        using (TorchBackend backend = NewBackend(TorchPrecision.BFloat16))
        using (var crew = new Crew(1))
        using (ParameterBlock weights = NewWeights())
        using (LoraAdapter adapter = LoraAdapter.Create(Small, new LoraOptions { Rank = 2 }, seed: 1))
        using (ITrainableDecoder trainer = backend.NewTrainable(weights, frozen: true, recompute: false))
        using (IDecoder server = backend.NewDecoder(weights, 64))
        using (KeyValueCache cache = server.NewCache(8))
        using (var head = new ScalarHead(Small))
        {
            adapter.Learn(crew);
            trainer.Adapter = adapter;
            Train(trainer, head);
            trainer.Score(Batch(), null, entropy: true);
            server.Forward([1, 2], [0, 2], [cache]);
        }
        Assert.Equal(before, torch.Tensor.TotalCount);
    }

    private static void Train(ITrainableDecoder decoder, ScalarHead head)
    {
        TokenBatch batch = Batch();
        decoder.Score(batch, head, entropy: true);
        decoder.Backward(Draw(new Random(1), batch.Tokens), Draw(new Random(2), batch.Tokens), Draw(new Random(3), batch.Tokens));
        decoder.ScoreAndBackward(batch, Draw(new Random(1), batch.Tokens));
        decoder.Step(1e-4f, new OptimizerOptions());
    }
}
