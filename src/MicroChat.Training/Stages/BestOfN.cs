using System.Text;
using System.Text.Json;
using MicroChat.Kernels;
using MicroChat.Model.Checkpoints;
using MicroChat.Model.Sampling;
using MicroChat.Model.Templates;
using MicroChat.Training.Evaluation;
using MicroChat.Training.Objectives;
using MicroChat.Training.Preferences;
using MicroChat.Training.Rollouts;

namespace MicroChat.Training.Stages;

/// <summary>A policy that learns to prefer the best of its own replies, by reward models, to the worst of them.</summary>
public sealed record BestOfNOptions
{
    /// <summary>The model to begin with, which is the reference.</summary>
    public required string Model { get; init; }

    /// <summary>The reward models; at least one.</summary>
    public required IReadOnlyList<string> Rewards { get; init; }

    /// <summary>How their scores become one.</summary>
    public EnsembleRule Rule { get; init; }

    /// <summary>λ of that rule.</summary>
    public double Penalty { get; init; } = 1;

    /// <summary>File of prompts.</summary>
    public required string Prompts { get; init; }

    /// <summary>Folder of the run.</summary>
    public required string OutFolder { get; init; }

    /// <summary>Prompts that are answered, the first ones.</summary>
    public int Count { get; init; } = 300;

    /// <summary>Replies to each of them.</summary>
    public int Replies { get; init; } = 4;

    /// <summary>Longest reply. Unit: tokens.</summary>
    public int MaxReplyTokens { get; init; } = 80;

    /// <summary>How the pairs are learned.</summary>
    public PreferenceTrainingOptions Training { get; init; } = new() { LearningRate = 1e-4 };

    /// <summary>How the pairs are cut and parted.</summary>
    public PreferenceRowOptions Rows { get; init; } = new();

    /// <summary>Supervised text in every update; null: none.</summary>
    public SupervisedMixOptions? Supervised { get; init; }

    /// <summary>Seed of replies, adapter and order.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>Everything that is wrong, one sentence each; empty when nothing is.</summary>
    public IReadOnlyList<string> Validate() =>
    [
        .. Training.Validate(), .. Rows.Validate(), .. Supervised?.Validate() ?? [],
        .. new OptionFaults().Check(Rewards.Count >= 1, "number of reward models", Rewards.Count, "at least 1").NotNegative(nameof(Penalty), Penalty)
            .Check(Count >= 1, nameof(Count), Count, "at least 1").Check(Replies is >= 2 and <= 64, nameof(Replies), Replies, "from 2 to 64")
            .Check(MaxReplyTokens >= 1, nameof(MaxReplyTokens), MaxReplyTokens, "at least 1").All,
    ];
}

/// <summary>The stage: replies are drawn and judged once, then the pairs of best and worst are learned as <see cref="Dpo"/> does.</summary>
public static class BestOfN
{
    private const string PairsFile = "best_and_worst.jsonl";
    private const int BatchTokens = 2_048;

    /// <summary>Trains, or goes on where the run in the folder stopped.</summary>
    /// <exception cref="TrainingException">The options are wrong, or the replies give too few pairs.</exception>
    /// <exception cref="OperationCanceledException">It was stopped while replies were drawn; they are drawn again the next time.</exception>
    public static StageResult Run(BestOfNOptions options, StageContext context, CancellationToken stop)
    {
        PreferenceStage.Require(options.Validate());
        string pairs = Path.Combine(options.OutFolder, PairsFile);
        if (!File.Exists(pairs))
        {
            AtomicFile.WriteText(pairs, Draw(options, context, stop));
        }
        return Dpo.Run(
            new DpoOptions { Model = options.Model, Data = [pairs], OutFolder = options.OutFolder, Training = options.Training, Rows = options.Rows, Supervised = options.Supervised, Seed = options.Seed }, context, stop);
    }

    private static string Draw(BestOfNOptions options, StageContext context, CancellationToken stop)
    {
        using var crew = new Crew(context.Threads);
        using var model = new EvaluatedModel(options.Model, context.Time, crew);
        IReadOnlyList<ChatTurn>[] prompts = [.. PromptFiles.Turns(options.Prompts).Select(prompt => prompt.Turns).Take(options.Count).SelectMany(turns => Enumerable.Repeat(turns, options.Replies))];
        context.Output.WriteLine($"{prompts.Length} replies are drawn, {options.Replies} to each prompt");
        var sampling = new SamplingOptions { Temperature = 1, TopP = 1, MaxReplyTokens = options.MaxReplyTokens };
        IReadOnlyList<GivenReply?> replies = model.Answer(prompts, sampling, options.Seed);
        stop.ThrowIfCancellationRequested();
        EncodedReply[] rows = [.. replies.OfType<GivenReply>().Select(reply => reply.Row)];
        double[] scores = EnsembleScorer.Combine([.. options.Rewards.Select(Scores)], options.Rule, options.Penalty);
        var judged = new Queue<double>(scores);
        var lines = new StringBuilder();
        foreach ((IReadOnlyList<ChatTurn> Prompt, GivenReply? Reply)[] group in prompts.Zip(replies).Chunk(options.Replies))
        {
            (string Text, double Score)[] ranked = [.. group.Where(one => one.Reply is not null).Select(one => (one.Reply!, judged.Dequeue()))
                .Where(one => one.Item1.Ended && one.Item1.Text.Trim().Length > 0).Select(one => (one.Item1.Text, one.Item2)).OrderByDescending(one => one.Item2)];
            if (ranked.Length >= 2 && ranked[0].Text.Trim() != ranked[^1].Text.Trim())
            {
                lines.Append(Line(group[0].Prompt, ranked[0].Text, ranked[^1].Text)).Append('\n');
            }
        }
        return lines.Length > 0 ? lines.ToString() : throw new TrainingException(
            $"Of {replies.Count} replies no two to one prompt ended by themselves and were different; the best and the worst of them cannot be told. Allow longer replies than {options.MaxReplyTokens} tokens, or draw more to each prompt.");

        double[] Scores(string folder)
        {
            stop.ThrowIfCancellationRequested();
            using RewardModel reward = RewardModel.Load(folder, model.Text.Fingerprint, crew);
            return reward.Score(rows, BatchTokens);
        }
    }

    private static string Line(IReadOnlyList<ChatTurn> prompt, string best, string worst) => JsonSerializer.Serialize(new
    {
        source = "the model's own replies",
        license = "the operator's own",
        prompt = prompt.Select(turn => new { role = turn.Role, content = turn.Content }),
        chosen = best,
        rejected = worst,
    });
}
