using MicroChat.Kernels;
using MicroChat.Model.Decoding;

namespace MicroChat.Benchmarks;

/// <summary>A whole training step: forward, backward, AdamW, on rows of equal length.</summary>
internal static class TrainBench
{
    private const int Rounds = 6;
    private const int PeakRounds = 8;

    /// <summary>Prints tokens/s, the arithmetic that they stand for, and its share of the peak measured between the same rounds.</summary>
    /// <param name="shape">A name of <see cref="ModelShapes"/>.</param>
    /// <param name="rows">B.</param>
    /// <param name="rowTokens">T of each row.</param>
    public static void Run(string shape, int rows, int rowTokens)
    {
        DecoderConfig config = ModelShapes.Get(shape);
        foreach (int members in (int[])[1, Environment.ProcessorCount])
        {
            using var crew = new Crew(members);
            using var weights = new ParameterBlock(config);
            WeightInitializer.Initialize(weights, seed: 1);
            using var decoder = new TrainableDecoder(weights, crew);
            TokenBatch batch = Draw(config, rows, rowTokens);
            float[] dLogProb = [.. Enumerable.Repeat(-1f / batch.TargetCount, batch.Tokens)];
            var options = new OptimizerOptions();
            Step(decoder, batch, dLogProb, options); // compiles and allocates
            Best step = new(), peak = new();
            for (int round = 0; round < Rounds; round++)
            {
                step.Round(() => Step(decoder, batch, dLogProb, options));
                for (int i = 0; i < PeakRounds; i++)
                {
                    MachineBench.Peak(crew, ref peak);
                }
            }
            double rate = batch.Tokens / step.Seconds, flops = rate * ModelShapes.TrainingFlops(config, rowTokens) / 1e9, limit = MachineBench.PeakGflops(crew, peak);
            Console.WriteLine($"train {shape} B{rows} T{rowTokens}, {members} thread(s): {rate:F0} tokens/s, {flops:F0} GFLOP/s, {100 * flops / limit:F1} % of {limit:F0}");
        }
    }

    private static void Step(TrainableDecoder decoder, TokenBatch batch, float[] dLogProb, OptimizerOptions options)
    {
        decoder.ScoreAndBackward(batch, dLogProb);
        decoder.Step(1e-4f, options);
    }

    internal static TokenBatch Draw(DecoderConfig config, int rows, int rowTokens)
    {
        var random = new Random(1);
        int[] ids = [.. Enumerable.Range(0, rows * rowTokens).Select(_ => random.Next(config.VocabularySize))];
        return TokenBatch.NextToken(ids, [.. Enumerable.Range(0, rows + 1).Select(b => b * rowTokens)], default);
    }
}
