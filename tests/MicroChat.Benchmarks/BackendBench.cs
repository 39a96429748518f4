using MicroChat.Adapters;
using MicroChat.Model.Decoding;
using MicroChat.Model.Sampling;

namespace MicroChat.Benchmarks;

/// <summary>The same work on every backend of this build, side by side: a prompt, greedy replies of 1 and of 64 sequences, training steps.</summary>
internal static class BackendBench
{
    private const int PromptTokens = 512;
    private const int ReplyTokens = 64;
    private const int ManySequences = 64;
    private const int ManyPromptTokens = 8;
    private const int TrainingRows = 8;
    private const int RowTokens = 256;
    private const int Rounds = 5;

    /// <summary>Prints one line per backend.</summary>
    /// <param name="shape">A name of <see cref="ModelShapes"/>.</param>
    public static void Run(string shape)
    {
        DecoderConfig config = ModelShapes.Get(shape);
        foreach (Func<IComputeBackend> make in Backends())
        {
            using IComputeBackend backend = make();
            using var weights = new ParameterBlock(config);
            WeightInitializer.Initialize(weights, seed: 1);
            (double prefill, double one) = Decode(backend, weights, 1, PromptTokens);
            (_, double many) = Decode(backend, weights, ManySequences, ManyPromptTokens);
            double training = Train(backend, weights);
            Console.WriteLine(
                $"{shape}, {backend.Description}: prefill {prefill:F0} tokens/s, decode {one:F0} tokens/s, {ManySequences} sequences {many:F0} tokens/s, "
                + $"train B{TrainingRows} T{RowTokens} {training:F0} tokens/s, {training * ModelShapes.TrainingFlops(config, RowTokens) / 1e9:F0} GFLOP/s");
        }
    }

    private static IEnumerable<Func<IComputeBackend>> Backends()
    {
        yield return () => new ManagedBackend(Environment.ProcessorCount);
        if (BuiltInAdapters.TorchFault is { } fault)
        {
            Console.WriteLine($"TorchSharp, {fault}");
            yield break;
        }
        yield return () => BuiltInAdapters.Torch("cpu");
        if (BuiltInAdapters.HasCard)
        {
            yield return () => BuiltInAdapters.Torch("auto");
        }
    }

    private static (double Prefill, double Decode) Decode(IComputeBackend backend, ParameterBlock weights, int sequences, int promptTokens)
    {
        using IDecoder decoder = backend.NewDecoder(weights, sequences * promptTokens);
        KeyValueCache[] caches = [.. Enumerable.Range(0, sequences).Select(_ => decoder.NewCache(promptTokens + ReplyTokens))];
        int[] prompt = [.. Enumerable.Range(0, sequences * promptTokens).Select(t => t * 7 % weights.Config.VocabularySize)];
        int[] starts = [.. Enumerable.Range(0, sequences + 1).Select(b => b * promptTokens)];
        var samplers = new Sampler[sequences];
        Best prefill = new(), decode = new();
        for (int round = 0; round < Rounds; round++)
        {
            for (int b = 0; b < sequences; b++)
            {
                caches[b].Truncate(0);
                samplers[b] = new Sampler(new SamplingOptions { Temperature = 0 }, weights.Config.VocabularySize);
            }
            prefill.Round(() =>
            {
                decoder.Forward(prompt, starts, caches);
                decoder.Sample(0, samplers[0], default, default, 0, out _); // a device answers when it has computed
            });
            decode.Round(() => Reply(decoder, caches, samplers));
        }
        Array.ForEach(caches, cache => cache.Dispose());
        return (sequences * promptTokens / prefill.Seconds, sequences * ReplyTokens / decode.Seconds);
    }

    private static void Reply(IDecoder decoder, KeyValueCache[] caches, Sampler[] samplers)
    {
        int[] next = new int[caches.Length], starts = [.. Enumerable.Range(0, caches.Length + 1)];
        SampleRequest[] requests = [.. samplers.Select((sampler, b) => new SampleRequest(b, sampler, default, default, 0))];
        var drawn = new SampledToken[caches.Length];
        for (int i = 0; i < ReplyTokens; i++)
        {
            decoder.Sample(requests, drawn);
            for (int b = 0; b < next.Length; b++)
            {
                next[b] = drawn[b].Token;
            }
            decoder.Forward(next, starts, caches);
        }
    }

    private static double Train(IComputeBackend backend, ParameterBlock weights)
    {
        using ITrainableDecoder decoder = backend.NewTrainable(weights, frozen: false, recompute: false);
        TokenBatch batch = TrainBench.Draw(weights.Config, TrainingRows, RowTokens);
        float[] dLogProb = [.. Enumerable.Repeat(-1f / batch.TargetCount, batch.Tokens)];
        var options = new OptimizerOptions();
        Best step = new();
        for (int round = 0; round <= Rounds; round++)                 // the first compiles and allocates
        {
            step.Round(() =>
            {
                decoder.ScoreAndBackward(batch, dLogProb);
                decoder.Step(1e-4f, options);
            });
        }
        return batch.Tokens / step.Seconds;
    }
}
