using MicroChat.Kernels;
using MicroChat.Model.Decoding;
using MicroChat.Model.Sampling;
using MicroChat.Training;
using MicroChat.Training.Objectives;
using MicroChat.Training.Reports;
using MicroChat.Training.Rollouts;
using MicroChat.Training.Stages;

namespace MicroChat.Proofs.RandomWalks;

/// <summary>How long to learn.</summary>
/// <param name="Imitation">Updates of supervised fine-tuning.</param>
/// <param name="Steps">Steps of PPO.</param>
/// <param name="Judged">Replies to each start by which the policy is judged before and after.</param>
internal sealed record WalkLength(long Imitation, long Steps, int Judged);

/// <summary>What a run measured; all but the shares are mean optimalities.</summary>
/// <param name="Data">Of the random walks.</param>
/// <param name="Arrived">Share of the random walks that reach the goal.</param>
/// <param name="Start">Of the policy after supervised fine-tuning, sampled.</param>
/// <param name="Curve">Of each step's replies, before the step's updates.</param>
/// <param name="End">Of the policy after PPO, sampled.</param>
/// <param name="Greedy">Of its most probable walks, one from each start.</param>
/// <param name="Kl">Divergence from the fine-tuned model in the last step. Unit: nats per walk.</param>
internal sealed record WalkResult(double Data, double Arrived, double Start, double[] Curve, double End, double Greedy, double Kl);

/// <summary>
/// A tiny decoder learns to walk by supervised fine-tuning on random walks, then to walk the shortest way by PPO: with the decoders, the trainers and
/// the optimiser of "train sft" and "train ppo".
/// </summary>
internal sealed class WalkRun : IDisposable
{
    private const int Walks = 1_000, RowsPerUpdate = 100, Sequences = 128;
    private const double LeastArrived = 0.5;

    private readonly int _seed;
    private readonly WalkLength _length;
    private readonly WalkGraph _graph;
    private readonly int[][] _walks;
    private readonly Crew _crew = new(1);
    private readonly ParameterBlock _weights = new(Shape);
    private readonly Decoder _decoder;
    private readonly RolloutGenerator _generator;

    /// <summary>Draws a graph in which half of the random walks arrive, such walks, and weights.</summary>
    public WalkRun(int seed, WalkLength length)
    {
        (_seed, _length) = (seed, length);
        var random = new Random(seed);
        do
        {
            _graph = WalkGraph.Draw(random);
            _walks = [.. Enumerable.Range(0, Walks).Select(_ => _graph.Walk(random))];
        }
        while (Arrived < LeastArrived);
        WeightInitializer.Initialize(_weights, seed);
        _decoder = new Decoder(_weights, _crew);
        _generator = new RolloutGenerator(_decoder, Sequences, WalkGraph.LongestWalk);
    }

    public static DecoderConfig Shape { get; } = new()
    {
        ModelType = "llama", VocabularySize = WalkGraph.Nodes, Width = 32, Layers = 2, Heads = 4, KeyValueHeads = 2, HeadSize = 8, FeedForward = 64,
        ContextTokens = 16, NormEpsilon = 1e-5f, RopeTheta = 10_000, InitializerRange = 0.1f, EndTokenIds = [WalkGraph.Goal],
    };

    private double Arrived => _walks.Count(walk => walk[^1] == WalkGraph.Goal) / (double)Walks;

    /// <summary>Walks are drawn at temperature 1 and end at the goal or at the longest length.</summary>
    public static SamplingOptions Sampling { get; } = new() { Temperature = 1, TopP = 1, MaxReplyTokens = WalkGraph.LongestWalk - 1 };

    /// <summary>PPO's options; as in trlx's example divergence costs nothing, and the value loss weighs 1.2.</summary>
    public static PpoTrainingOptions Options(int seed, long steps) => new()
    {
        Steps = steps, RepliesPerStep = Sequences, MicroBatchTokens = 2_048, Adapter = null,
        Schedule = new LearningRateSchedule { Peak = 1e-3, DecaySteps = steps, Shape = DecayShape.Linear },
        Objective = new PpoOptions { Kl = new KlCoefficientOptions { Initial = 0 }, MissingEnd = MissingEnd.Keep, ValueCoefficient = 1.2 },
        Rollouts = new RolloutOptions { Seed = seed, Sequences = Sequences, Sampling = Sampling },
        Guards = new PpoGuardOptions { KlBudget = null },
    };

    /// <summary>Learns to walk, then to walk the shortest way.</summary>
    /// <exception cref="InvalidOperationException">A guard stopped PPO.</exception>
    public WalkResult Run()
    {
        Imitate();
        double start = Judge(Sampling);
        PpoTrainingOptions options = Options(_seed, _length.Steps);
        using var roles = new PpoRoles(_weights, options.Adapter, _seed, recompute: false, _crew);
        var prompts = new PromptBank([.. WalkGraph.Starts.Select(node => new[] { node })], _seed);
        var trainer = new Ppo(roles, _generator, prompts, new WalkScorer(_graph), null, null, options, TimeProvider.System);
        double[] curve = new double[_length.Steps];
        double kl = 0;
        for (int i = 0; i < curve.Length; i++)
        {
            PpoStep step = trainer.RunStep();
            if (step.Stop is { } stop)
            {
                throw new InvalidOperationException($"A guard stopped the run at step {i + 1}: {stop}");
            }
            (curve[i], kl) = (step.Metrics[Metrics.ObjectiveScores], step.Metrics[Metrics.ObjectiveKl]);
        }
        return new WalkResult(_walks.Average(walk => _graph.Optimality(walk)), Arrived, start, curve, Judge(Sampling), Judge(Sampling with { Temperature = 0 }), kl);
    }

    public void Dispose()
    {
        _generator.Dispose();
        _decoder.Dispose();
        _weights.Dispose();
        _crew.Dispose();
    }

    private void Imitate()
    {
        var options = new LanguageModelOptions
        {
            Steps = _length.Imitation, MicroBatchesPerStep = 1,
            Schedule = new LearningRateSchedule { Peak = 1e-2, WarmupSteps = 5, DecaySteps = _length.Imitation, FloorShare = 0.1 },
            Optimizer = new OptimizerOptions { WeightDecay = 0 },
        };
        using var decoder = new TrainableDecoder(_weights, _crew);
        var trainer = new LanguageModelTrainer(decoder, new WalkSource(_walks, RowsPerUpdate, _seed), options);
        for (long i = 0; i < _length.Imitation; i++)
        {
            trainer.RunStep();
        }
    }

    /// <summary>Mean optimality of fresh walks from every start.</summary>
    private double Judge(SamplingOptions sampling)
    {
        int[][] starts = [.. Enumerable.Range(0, sampling.Temperature == 0 ? 1 : _length.Judged).SelectMany(_ => WalkGraph.Starts.Select(node => new[] { node }))];
        return _generator.Generate(starts, null, sampling, ~_seed, 0).Average(rollout => _graph.Optimality(rollout.Row.Ids));
    }
}
