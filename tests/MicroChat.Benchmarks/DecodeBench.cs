using MicroChat.Kernels;
using MicroChat.Model.Decoding;

namespace MicroChat.Benchmarks;

/// <summary>Serving: a prompt of 512 tokens, then 128 greedy tokens one by one, for one sequence; float32 weights.</summary>
internal static class DecodeBench
{
    private const int PromptTokens = 512;
    private const int ReplyTokens = 128;
    private const int Rounds = 5;

    /// <summary>Prints prefill and decode rates of the best round, with one and with all threads.</summary>
    public static void Run(string shape)
    {
        DecoderConfig config = ModelShapes.Get(shape);
        foreach (int members in (int[])[1, Environment.ProcessorCount])
        {
            using var crew = new Crew(members);
            using var weights = new ParameterBlock(config);
            WeightInitializer.Initialize(weights, seed: 1);
            using var decoder = new Decoder(weights, crew, stepTokens: PromptTokens);
            using KeyValueCache cache = decoder.NewCache(PromptTokens + ReplyTokens);
            Best prefill = new(), decode = new();
            int[] prompt = [.. Enumerable.Range(0, PromptTokens).Select(t => t * 7 % config.VocabularySize)];
            for (int round = 0; round < Rounds; round++)
            {
                cache.Truncate(0);
                prefill.Round(() => decoder.Forward(prompt, [0, PromptTokens], [cache]));
                decode.Round(() => Decode(decoder, cache, config.VocabularySize));
            }
            Console.WriteLine($"{shape} F32, {members} thread(s): prefill {PromptTokens / prefill.Seconds:F0} tokens/s, decode {ReplyTokens / decode.Seconds:F0} tokens/s");
        }
    }

    private static void Decode(Decoder decoder, KeyValueCache cache, int vocabulary)
    {
        Span<float> logits = new float[vocabulary];
        int[] next = [0], borders = [0, 1];
        KeyValueCache[] caches = [cache];
        for (int i = 0; i < ReplyTokens; i++)
        {
            decoder.ReadLogits(0, logits);
            next[0] = logits.IndexOf(Largest(logits));
            decoder.Forward(next, borders, caches);
        }
    }

    private static float Largest(ReadOnlySpan<float> values)
    {
        float largest = values[0];
        foreach (float value in values)
        {
            largest = Math.Max(largest, value);
        }
        return largest;
    }
}
