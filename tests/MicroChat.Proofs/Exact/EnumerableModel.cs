using MicroChat.Kernels;
using MicroChat.Model.Decoding;
using MicroChat.Model.Sampling;
using MicroChat.Training;
using MicroChat.Training.Objectives;
using MicroChat.Training.Rollouts;
using MicroChat.Training.Stages;

namespace MicroChat.Proofs.Exact;

/// <summary>PPO with the decoders, the trainer and the optimiser that "train ppo" uses, on <see cref="EnumerableLanguage"/>.</summary>
internal sealed class EnumerableModel : IDisposable
{
    private readonly Crew _crew = new(1);
    private readonly ParameterBlock _weights;
    private readonly Decoder _decoder;
    private readonly double _beta;

    public EnumerableModel(
        int seed, PpoTrainingOptions options, Func<IDecoder, IDecoder>? wrap = null, IReplyScorer? reward = null, IReplyScorer? heldOut = null,
        DecoderConfig? shape = null, ITrainingSource? pretraining = null)
    {
        _weights = new ParameterBlock(shape ?? EnumerableLanguage.Shape);
        WeightInitializer.Initialize(_weights, seed);
        _beta = options.Objective.Kl.Initial;
        _decoder = new Decoder(_weights, _crew);
        Roles = new PpoRoles(_weights, options.Adapter, seed, recompute: false, _crew);
        Generator = new RolloutGenerator(wrap is null ? _decoder : wrap(_decoder), options.Rollouts.Sequences, 8);
        Trainer = new Ppo(Roles, Generator, new PromptBank([[EnumerableLanguage.Prompt]], 1), reward ?? new PairScorer(), heldOut, pretraining, options, TimeProvider.System);
    }

    public PpoRoles Roles { get; }

    public RolloutGenerator Generator { get; }

    public Ppo Trainer { get; }

    /// <summary>Options of a healthy run; all weights learn.</summary>
    public static PpoTrainingOptions Options(double beta, int seed, long steps) => new()
    {
        Steps = steps, RepliesPerStep = 256, MicroBatchTokens = 2_048, Adapter = null,
        Schedule = new LearningRateSchedule { Peak = 3e-3, DecaySteps = steps, Shape = DecayShape.Linear },
        Objective = new PpoOptions { Kl = new KlCoefficientOptions { Initial = beta }, MissingEnd = MissingEnd.Keep },
        Rollouts = new RolloutOptions
        {
            Seed = seed, Sequences = 256, Sampling = new SamplingOptions { Temperature = 1, TopP = 1, MaxReplyTokens = EnumerableLanguage.ReplyTokens },
        },
        Guards = new PpoGuardOptions { KlBudget = null },
    };

    /// <summary>Trains; what the policy has reached.</summary>
    /// <exception cref="InvalidOperationException">A guard stopped the run.</exception>
    public ExactResult Train(long steps)
    {
        double[] reference = Reference();
        for (long i = 0; i < steps; i++)
        {
            if (Trainer.RunStep().Stop is { } stop)
            {
                throw new InvalidOperationException($"A guard stopped the run at step {i + 1}: {stop}");
            }
        }
        return EnumerableLanguage.Judge(reference, Policy(), _beta);
    }

    /// <summary>(1024) log-probabilities of the replies by the reference.</summary>
    public double[] Reference() => EnumerableLanguage.LogProbs(Roles.ScoreReference);

    /// <summary>(1024) log-probabilities of the replies by the policy.</summary>
    public double[] Policy() => EnumerableLanguage.LogProbs(batch => Roles.Policy.Score(batch, null, false));

    public void Dispose()
    {
        Generator.Dispose();
        Roles.Dispose();
        _decoder.Dispose();
        _weights.Dispose();
        _crew.Dispose();
    }
}
