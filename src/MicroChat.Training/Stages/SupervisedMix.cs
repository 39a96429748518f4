using System.Text.Json;
using MicroChat.Training.Objectives;

namespace MicroChat.Training.Stages;

/// <summary>Supervised text that a policy goes on learning beside judged replies, so that it does not unlearn what people do not vote on: to decline, to end, to know who it is.</summary>
public sealed record SupervisedMixOptions
{
    /// <summary>Recipe of conversations; the assistant's words count.</summary>
    public required string Recipe { get; init; }

    /// <summary>Folder that the recipe's files are relative to.</summary>
    public required string DataFolder { get; init; }

    /// <summary>What the text's loss is multiplied by.</summary>
    public double Coefficient { get; init; } = 1;

    /// <summary>Text of every update. Unit: tokens.</summary>
    public int TokensPerStep { get; init; } = 1_024;

    /// <summary>Everything that is wrong, one sentence each; empty when nothing is.</summary>
    public IReadOnlyList<string> Validate() => new OptionFaults()
        .Positive(nameof(Coefficient), Coefficient).Check(TokensPerStep >= 1, nameof(TokensPerStep), TokensPerStep, "at least 1").All;
}

/// <summary>Judged replies and supervised text in one update.</summary>
/// <param name="task">The judged replies.</param>
/// <param name="model">What learns.</param>
/// <param name="source">The text.</param>
/// <param name="coefficient">What its loss is multiplied by.</param>
internal sealed class MixedTask(IPreferenceTask task, TunedModel model, ITrainingSource source, double coefficient) : IPreferenceTask
{
    /// <summary>Mean loss of the supervised text. Unit: nats per token.</summary>
    public const string TextLoss = "loss/supervised";

    public int Items => task.Items;

    public PreferenceUpdate Accumulate(IReadOnlyList<int> items)
    {
        PreferenceUpdate update = task.Accumulate(items);
        double loss = TextMix.Accumulate(model.Decoder, source, 1, coefficient, out int tokens);
        return new PreferenceUpdate(update.Tokens + tokens, new Dictionary<string, double>(update.Values) { [TextLoss] = loss });
    }

    public (IReadOnlyDictionary<string, double> Values, string Note) Validate(int limit) => task.Validate(limit);

    public void Complete() => task.Complete();

    public string? SaveState() => JsonSerializer.Serialize(new State(task.SaveState(), source.SavePlace()));

    public void RestoreState(string state)
    {
        State saved = JsonSerializer.Deserialize<State>(state) ?? throw new TrainingException("The saved place in the supervised text is empty; delete the checkpoint.");
        source.RestorePlace(saved.Place);
        if (saved.Task is not null)
        {
            task.RestoreState(saved.Task);
        }
    }

    private sealed record State(string? Task, string Place);
}
