using MicroChat.Model.Checkpoints;
using MicroChat.Model.Decoding;
using MicroChat.Model.Sampling;
using MicroChat.Model.Templates;
using MicroChat.Model.Tokenizers;
using MicroChat.Tests.Training;
using MicroChat.Training;
using MicroChat.Training.Objectives;
using MicroChat.Training.Rollouts;
using MicroChat.Training.Stages;

namespace MicroChat.Tests.Rollouts;

/// <summary>A tiny pretrained model, two reward models and prompts in a folder, and PPO runs on them that take seconds.</summary>
internal sealed class PpoTinyRun : IDisposable
{
    private readonly TinyRun _run = new();

    public PpoTinyRun()
    {
        Model = Pretrain.Run(_run.Pretraining("pretrain", 4), TinyRun.Context(TextWriter.Null), CancellationToken.None).Model!;
        Prompts = Path.Combine(_run.Folder, "prompts.jsonl");
        File.WriteAllLines(Prompts, ["{\"prompt\":\"the cat\"}", "{\"prompt\":\"a dog sat\"}", "{\"prompt\":\"two birds\"}", "{\"prompt\":\"the cat\"}"]);
        WholeReward("reward", head => head.InitializeReward(7));
        AdapterReward("held-out", 8);
    }

    public string Model { get; }

    public string Prompts { get; }

    public string Folder(string name) => Path.Combine(_run.Folder, name);

    public PpoStageOptions Options(string run, long steps, LoraOptions? adapter) => new()
    {
        Model = Model, Reward = Folder("reward"), HeldOutReward = Folder("held-out"), Prompts = [Prompts], MaxPromptTokens = 48, OutFolder = Folder(run),
        PretrainingRecipe = _run.Recipe, DataFolder = _run.DataFolder,
        Training = new PpoTrainingOptions
        {
            Steps = steps, Schedule = new LearningRateSchedule { Peak = 1e-3, Shape = DecayShape.Constant }, RepliesPerStep = 6, MicroBatchTokens = 128, Adapter = adapter, SampleEvery = 2, CheckpointEvery = 2,
            Objective = new PpoOptions
            {
                Kl = new KlCoefficientOptions { Initial = 0.1, Target = 1, HorizonReplies = 50 }, Minibatches = 2, Epochs = 2, EntropyCoefficient = 0.01, PretrainingCoefficient = 0.5,
                MissingEnd = MissingEnd.Subtract,
            },
            Rollouts = new RolloutOptions { Seed = 5, Sequences = 4, Sampling = new SamplingOptions { Temperature = 0.8, TopP = 1, MaxReplyTokens = 6 } },
        },
    };

    public StageResult Run(PpoStageOptions options) => Run(options, TextWriter.Null, CancellationToken.None);

    public static StageResult Run(PpoStageOptions options, TextWriter output, CancellationToken stop) => PpoStage.Run(options, TinyRun.Context(output), stop);

    public TextFingerprint Fingerprint() => TextFingerprint.Of(Tokenizer.Load(Model), ChatTemplate.Load(Model));

    public void Dispose() => _run.Dispose();

    /// <summary>A reward model with a trunk of its own.</summary>
    public void WholeReward(string name, Action<ScalarHead> prepare)
    {
        DecoderConfig config = DecoderConfigReader.Read(Model);
        using ParameterBlock weights = WeightFiles.Load(Model, config);
        using var head = new ScalarHead(config);
        prepare(head);
        ScalarHeadFiles.Save(Folder(name), weights, head, TensorType.F32, Fingerprint());
    }

    /// <summary>A reward model that is an adapter on the policy's base.</summary>
    private void AdapterReward(string name, int seed)
    {
        DecoderConfig config = DecoderConfigReader.Read(Model);
        using LoraAdapter adapter = LoraAdapter.Create(config, new LoraOptions { Rank = 2 }, seed);
        using var head = new ScalarHead(config);
        head.InitializeReward(seed);
        AdapterFiles.Save(Folder(name), adapter, head, Model, Fingerprint());
    }
}

/// <summary>Output that asks a run to stop when a text appears in it.</summary>
internal sealed class StopAt(string text, CancellationTokenSource stop) : StringWriter
{
    public override void WriteLine(string? value)
    {
        base.WriteLine(value);
        if (value is not null && value.Contains(text, StringComparison.Ordinal))
        {
            stop.Cancel();
        }
    }
}

/// <summary>Output that breaks when a text appears in it.</summary>
internal sealed class DieAt(string text) : StringWriter
{
    public override void WriteLine(string? value)
    {
        base.WriteLine(value);
        if (value is not null && value.Contains(text, StringComparison.Ordinal))
        {
            throw new InvalidOperationException(value);
        }
    }
}
