using MicroChat.Kernels;
using MicroChat.Model.Decoding;
using MicroChat.Model.Generation;
using MicroChat.Model.Sampling;

namespace MicroChat.Tests.Generation;

public sealed class TokenGeneratorTests : IDisposable
{
    private static readonly DecoderConfig Config = new()
    {
        ModelType = "llama", VocabularySize = 61, Width = 32, Layers = 2, Heads = 4, KeyValueHeads = 2, HeadSize = 8, FeedForward = 48,
        ContextTokens = 128, NormEpsilon = 1e-5f, RopeTheta = 10_000, TieEmbeddings = true, InitializerRange = 0.4f, EndTokenIds = [60],
    };

    private readonly Crew _crew = new(2);
    private readonly ParameterBlock _weights = new(Config);
    private readonly Decoder _decoder;

    public TokenGeneratorTests()
    {
        WeightInitializer.Initialize(_weights, seed: 2);
        _decoder = new Decoder(_weights, _crew, stepTokens: 8);
    }

    [Fact]
    public void The_same_seed_gives_the_same_reply_and_another_seed_another()
    {
        var options = new SamplingOptions { Temperature = 1, TopP = 1, MaxReplyTokens = 40 };
        int[] first = Generate([1, 2, 3], options, seed: 7), again = Generate([1, 2, 3], options, seed: 7), other = Generate([1, 2, 3], options, seed: 8);
        Assert.Equal(first, again);
        Assert.NotEqual(first, other);
    }

    [Fact]
    public void A_prompt_that_begins_as_the_last_one_costs_only_its_new_tokens_and_changes_nothing()
    {
        var options = new SamplingOptions { Temperature = 0, MaxReplyTokens = 10, SuppressedTokens = [60] };
        using var generator = new TokenGenerator(_decoder, Config.ContextTokens);
        int[] prompt = [.. Enumerable.Range(1, 20)];
        int[] reply = [.. generator.Generate(prompt, options, new SeededDraws(1, 1)).Select(token => token.Id)];
        Assert.Equal(0, generator.ReusedTokens);

        int[] next = [.. prompt, .. reply, 5, 6, 7];
        int[] cached = [.. generator.Generate(next, options, new SeededDraws(1, 1)).Select(token => token.Id)];
        Assert.Equal(prompt.Length + reply.Length - 1, generator.ReusedTokens); // the reply's last token was sampled, but never fed
        Assert.Equal(Generate(next, options, seed: 1), cached);

        int[] shorter = [1, 2, 3, 9];
        Assert.Equal(Generate(shorter, options, seed: 1), generator.Generate(shorter, options, new SeededDraws(1, 1)).Select(token => token.Id));
        Assert.Equal(3, generator.ReusedTokens);
    }

    [Fact]
    public void A_reply_ends_at_an_end_token_at_its_limit_and_at_the_end_of_the_context()
    {
        using var generator = new TokenGenerator(_decoder, contextTokens: 30);
        int[] all = [.. Enumerable.Range(0, 60)];
        Assert.Empty(generator.Generate([1], new SamplingOptions { Temperature = 1, SuppressedTokens = all }, new SeededDraws(1, 1)));
        Assert.Equal(FinishReason.Stop, generator.Finish);
        var endless = new SamplingOptions { Temperature = 1, SuppressedTokens = [60], MaxReplyTokens = 4 };
        Assert.Equal(4, generator.Generate([1], endless, new SeededDraws(1, 1)).Count());
        Assert.Equal(FinishReason.Length, generator.Finish);
        Assert.Equal(29, generator.Generate([1], endless with { MaxReplyTokens = 400 }, new SeededDraws(1, 1)).Count());
        Assert.Equal(FinishReason.Length, generator.Finish);
        Assert.Empty(generator.Generate([1], endless with { SuppressedTokens = [.. all, 60] }, new SeededDraws(1, 1)));
        Assert.Equal(FinishReason.NothingLeft, generator.Finish);
        Assert.Throws<ArgumentException>(() => generator.Generate(new int[30], endless, new SeededDraws(1, 1)));
        Assert.Throws<ArgumentException>(() => generator.Generate([], endless, new SeededDraws(1, 1)));
    }

    [Fact]
    public void A_token_allocates_nothing_in_steady_state()
    {
        var options = new SamplingOptions { Temperature = 0.8, TopP = 0.9, RepetitionPenalty = 1.1, SuppressedTokens = [60], MaxReplyTokens = 100 };
        using var generator = new TokenGenerator(_decoder, Config.ContextTokens);
        for (int reply = 0; reply < 3; reply++)
        {
            int count = 0;
            long before = 0;
            foreach (GeneratedToken token in generator.Generate([1, 2, 3], options, new SeededDraws(1, 1)))
            {
                before = ++count == 40 ? GC.GetAllocatedBytesForCurrentThread() : before;
                if (count == 90 && reply == 2)
                {
                    Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
                }
                Assert.True(float.IsFinite(token.LogProb));
            }
            Assert.Equal(100, count);
        }
    }

    [Fact]
    public void What_else_runs_in_a_step_does_not_change_a_sequences_logits()
    {
        int[] ids = [4, 8, 15, 16, 23, 42];
        float[] alone = new float[Config.VocabularySize], together = new float[Config.VocabularySize];
        using KeyValueCache first = _decoder.NewCache(16), second = _decoder.NewCache(16), other = _decoder.NewCache(16);
        foreach (int id in ids)
        {
            _decoder.Forward([id], [0, 1], [first]);
            _decoder.ReadLogits(0, alone);
            _decoder.Forward([7, 9, id], [0, 2, 3], [other, second]);
            _decoder.ReadLogits(1, together);
            Assert.Equal(alone, together);
        }
    }

    public void Dispose()
    {
        _decoder.Dispose();
        _weights.Dispose();
        _crew.Dispose();
    }

    private int[] Generate(int[] prompt, SamplingOptions options, ulong seed)
    {
        using var generator = new TokenGenerator(_decoder, Config.ContextTokens);
        return [.. generator.Generate(prompt, options, new SeededDraws(seed, 1)).Select(token => token.Id)];
    }
}
