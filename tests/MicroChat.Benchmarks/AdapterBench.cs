using MicroChat.Kernels;
using MicroChat.Model.Decoding;

namespace MicroChat.Benchmarks;

/// <summary>What adapters cost: their update beside a pretraining step, and a generation step with them beside one without, round by round in one run.</summary>
internal static class AdapterBench
{
    private const int Rounds = 5, Sequences = 8, Steps = 16;

    /// <summary>Prints the rates and their quotients; by the processor time of one thread, which other work on the machine hardly changes.</summary>
    /// <param name="shape">A name of <see cref="ModelShapes"/>.</param>
    /// <param name="rows">B.</param>
    /// <param name="rowTokens">T of each row.</param>
    public static void Run(string shape, int rows, int rowTokens)
    {
        DecoderConfig config = ModelShapes.Get(shape);
        using var crew = new Crew(1);
        using var weights = new ParameterBlock(config);
        WeightInitializer.Initialize(weights, seed: 1);
        using var adapter = LoraAdapter.Create(config, new LoraOptions(), seed: 1);
        using var head = new ScalarHead(config);
        adapter.Learn(crew);
        head.Learn(crew);
        Train(shape, crew, weights, adapter, head, rows, rowTokens);
        Serve(shape, crew, weights, adapter);
    }

    private static void Train(string shape, Crew crew, ParameterBlock weights, LoraAdapter adapter, ScalarHead head, int rows, int rowTokens)
    {
        using var full = new TrainableDecoder(weights, crew);
        using var workspace = new TrainingWorkspace();
        using var frozen = new TrainableDecoder(weights, crew, frozen: true, workspace) { Adapter = adapter };
        TokenBatch batch = TrainBench.Draw(weights.Config, rows, rowTokens);
        float[] gradient = [.. Enumerable.Repeat(-1f / batch.TargetCount, batch.Tokens)];
        var options = new OptimizerOptions();
        Best pretraining = new(), update = new();
        for (int round = 0; round <= Rounds; round++)
        {
            pretraining.ProcessorRound(() =>
            {
                full.ScoreAndBackward(batch, gradient);
                full.Step(0, options);
            });
            update.ProcessorRound(() =>
            {
                frozen.Score(batch, head, entropy: false);
                frozen.Backward(gradient, default, gradient);
                frozen.Step(0, options);
            });
        }
        double before = batch.Tokens / pretraining.Seconds, after = batch.Tokens / update.Seconds;
        Console.WriteLine($"adapter {shape} B{rows} T{rowTokens}: pretraining step {before:F0} tokens/s, update of adapter and head {after:F0} tokens/s, {after / before:F2} times as fast");
    }

    private static void Serve(string shape, Crew crew, ParameterBlock weights, LoraAdapter adapter)
    {
        using var decoder = new Decoder(weights, crew);
        KeyValueCache[] caches = [.. Enumerable.Range(0, Sequences).Select(_ => decoder.NewCache(2 * Steps * (Rounds + 1)))];
        int[] ids = new int[Sequences], borders = [.. Enumerable.Range(0, Sequences + 1)];
        Best without = new(), with = new();
        for (int round = 0; round <= Rounds; round++)
        {
            foreach (LoraAdapter? chosen in (LoraAdapter?[])[null, adapter])
            {
                foreach (KeyValueCache cache in caches)
                {
                    cache.Truncate(0);
                    cache.Adapter = chosen;
                }
                Best best = chosen is null ? without : with;
                best.ProcessorRound(() =>
                {
                    for (int step = 0; step < Steps; step++)
                    {
                        decoder.Forward(ids, borders, caches);
                    }
                });
                (without, with) = chosen is null ? (best, with) : (without, best);
            }
        }
        double before = Sequences * Steps / without.Seconds, after = Sequences * Steps / with.Seconds;
        Console.WriteLine($"adapter {shape}: {Sequences} sequences generate {before:F0} tokens/s on the base, {after:F0} with an adapter, {after / before:F2} times as fast");
        Array.ForEach(caches, cache => cache.Dispose());
    }
}
