using MicroChat.Kernels;
using MicroChat.Model.Decoding;
using MicroChat.Model.Sampling;
using MicroChat.Training;
using MicroChat.Training.Objectives;
using MicroChat.Training.Preferences;
using MicroChat.Training.Rollouts;
using MicroChat.Training.Stages;

namespace MicroChat.Tests.Rollouts;

/// <summary>+1 per neighbouring pair "0 1" of a reply and −½ per token 3.</summary>
internal sealed class PairScorer : IReplyScorer
{
    public static double Of(ReadOnlySpan<int> reply)
    {
        double score = 0;
        for (int t = 0; t < reply.Length; t++)
        {
            score += (t > 0 && reply[t - 1] == 0 && reply[t] == 1 ? 1 : 0) - (reply[t] == 3 ? 0.5 : 0);
        }
        return score;
    }

    public double[] Score(IReadOnlyList<EncodedReply> rows) => [.. rows.Select(row => Of(row.Ids.AsSpan(row.PromptTokens)))];
}

/// <summary>
/// PPO with the real decoders on a language model of 4 tokens whose replies have 5: all 1,024 can be enumerated, so what training reaches
/// can be compared with the optimum that theory gives, J* = β log E_ref e^{r/β}.
/// </summary>
internal sealed class EnumerableModel : IDisposable
{
    private const int V = 4, T = 5, Prompt = 2;
    private readonly Crew _crew = new(1);
    private readonly ParameterBlock _weights = new(Shape);
    private readonly Decoder _decoder;
    private readonly double _beta;

    public EnumerableModel(int seed, PpoTrainingOptions options, Func<IDecoder, IDecoder>? wrap = null, IReplyScorer? reward = null, IReplyScorer? heldOut = null)
    {
        WeightInitializer.Initialize(_weights, seed);
        _beta = options.Objective.Kl.Initial;
        _decoder = new Decoder(_weights, _crew);
        Roles = new PpoRoles(_weights, options.Adapter, seed, recompute: false, _crew);
        Generator = new RolloutGenerator(wrap is null ? _decoder : wrap(_decoder), options.Rollouts.Sequences, 8);
        Trainer = new Ppo(Roles, Generator, new PromptBank([[Prompt]], 1), reward ?? new PairScorer(), heldOut, null, options, TimeProvider.System);
    }

    public static DecoderConfig Shape { get; } = new()
    {
        ModelType = "llama", VocabularySize = V, Width = 32, Layers = 2, Heads = 4, KeyValueHeads = 2, HeadSize = 8, FeedForward = 64,
        ContextTokens = 8, NormEpsilon = 1e-5f, RopeTheta = 10_000, InitializerRange = 0.1f,
    };

    public PpoRoles Roles { get; }

    public RolloutGenerator Generator { get; }

    public Ppo Trainer { get; }

    public static PpoTrainingOptions Options(double beta, int seed, long steps) => new()
    {
        Steps = steps, RepliesPerStep = 256, MicroBatchTokens = 2_048, Adapter = null,
        Schedule = new LearningRateSchedule { Peak = 3e-3, DecaySteps = steps, Shape = DecayShape.Linear },
        Objective = new PpoOptions { Kl = new KlCoefficientOptions { Initial = beta }, MissingEnd = MissingEnd.Keep },
        Rollouts = new RolloutOptions { Seed = seed, Sequences = 256, Sampling = new SamplingOptions { Temperature = 1, TopP = 1, MaxReplyTokens = T } },
        Guards = new PpoGuardOptions { KlBudget = null },
    };

    /// <summary>Trains; what the policy has reached.</summary>
    public EnumerableResult Train(long steps)
    {
        double[] reference = Reference();
        for (long i = 0; i < steps; i++)
        {
            PpoStep step = Trainer.RunStep();
            Assert.True(step.Stop is null, step.Stop);
        }
        return Judge(reference, Policy());
    }

    public double[] Reference() => Enumerate(Roles.ScoreReference);

    public double[] Policy() => Enumerate(batch => Roles.Policy.Score(batch, null, false));

    public EnumerableResult Judge(double[] reference, double[] policy)
    {
        double[] rewards = [.. Enumerable.Range(0, 1024).Select(s => PairScorer.Of(Reply(s)))];
        double start = reference.Select((l, s) => Math.Exp(l) * rewards[s]).Sum();
        double reward = policy.Select((l, s) => Math.Exp(l) * rewards[s]).Sum(), kl = policy.Select((l, s) => Math.Exp(l) * (l - reference[s])).Sum();
        double max = reference.Select((l, s) => l + (rewards[s] / _beta)).Max();
        double best = _beta * (max + Math.Log(reference.Select((l, s) => Math.Exp(l + (rewards[s] / _beta) - max)).Sum()));
        return new EnumerableResult((reward - (_beta * kl) - start) / (best - start), reward, kl, start);
    }

    public void Dispose()
    {
        Generator.Dispose();
        Roles.Dispose();
        _decoder.Dispose();
        _weights.Dispose();
        _crew.Dispose();
    }

    private static int[] Reply(int number) => [.. Enumerable.Range(0, T).Select(t => number >> (2 * (T - 1 - t)) & 3)];

    private static double[] Enumerate(Func<TokenBatch, TokenScores> score)
    {
        var batch = new ReplyBatch([.. Enumerable.Range(0, 1024).Select(s => new EncodedReply([Prompt, .. Reply(s)], 1))]);
        ReadOnlySpan<float> logProb = score(batch.Tokens).LogProb;
        double[] sums = new double[1024];
        for (int t = 0; t < logProb.Length; t++)
        {
            sums[t / (T + 1)] += batch.Actions[t] ? logProb[t] : 0;
        }
        return sums;
    }
}

/// <summary>What a trained policy is worth.</summary>
/// <param name="Gap">Share of J* − J_ref that was closed.</param>
/// <param name="Reward">E[r].</param>
/// <param name="Kl">KL to the reference. Unit: nats per reply.</param>
/// <param name="Start">E_ref[r].</param>
internal sealed record EnumerableResult(double Gap, double Reward, double Kl, double Start);
