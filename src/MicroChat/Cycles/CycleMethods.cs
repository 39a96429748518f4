using System.Globalization;
using MicroChat.Options;
using MicroChat.Training.Stages;

namespace MicroChat.Cycles;

/// <summary>Chooses how the policy learns, by what there is to learn from. Thresholds: Gao et al. 2022 (arXiv:2210.10760) and rounds of the simulation.</summary>
internal static class CycleMethods
{
    /// <summary>One-sided 5 % point of the normal distribution.</summary>
    private const double Z = 1.645;

    /// <summary>How much better than the control's the log loss must be where both are right as often: labels drawn by lot may fall in with the votes, but never surely. Unit: nats.</summary>
    private const double ClearlyBetter = 0.05;

    /// <summary>Why there is too little to learn from at all; null: there is enough.</summary>
    public static string? TooLittle(CycleCounts counts, CycleOptions options)
    {
        string alike = counts.ThumbsDiffer || counts.Ups + counts.Downs == 0 ? ""
            : Text($" All {counts.Ups + counts.Downs} thumbs say the same and were left out: they would teach to like, or dislike, everything.");
        if (counts.Votes < options.LeastVotes)
        {
            return Text($"There are {counts.Votes} votes to learn from; {options.LeastVotes} are needed, or nothing could be told from chance.{alike} Collect more.");
        }
        return counts.Persons >= options.LeastPersons ? null
            : Text($"The votes are those of {counts.Persons} persons; {options.LeastPersons} are needed, or it would be a few people's taste.{alike} Let more people vote.");
    }

    /// <summary>The method.</summary>
    /// <param name="counts">What there is.</param>
    /// <param name="rewards">What the reward models and their controls are worth.</param>
    /// <param name="options">Thresholds.</param>
    public static CycleMethod Choose(CycleCounts counts, IReadOnlyList<RewardSummary> rewards, CycleOptions options)
    {
        if (Useless(rewards) is { } why)
        {
            return new CycleMethod(CycleMethodName.Skip, why);
        }
        long thumbs = counts.ThumbsDiffer ? counts.Ups + counts.Downs : 0;
        return options.Method switch
        {
            CycleMethodChoice.Kto when thumbs == 0 && counts.Pairs == 0 => new CycleMethod(CycleMethodName.Skip, "KTO was asked for, and there are neither thumbs of both kinds nor pairs."),
            CycleMethodChoice.Dpo when counts.Pairs == 0 => new CycleMethod(CycleMethodName.Skip, "DPO was asked for, and there are no pairs."),
            CycleMethodChoice.Kto => Asked(CycleMethodName.Kto),
            CycleMethodChoice.Dpo => Asked(CycleMethodName.Dpo),
            CycleMethodChoice.BestOfN => Asked(CycleMethodName.BestOfN),
            CycleMethodChoice.Ppo => Asked(CycleMethodName.Ppo),
            _ when counts.Votes >= options.PpoVotes => new CycleMethod(
                CycleMethodName.Ppo, Text($"{counts.Votes} votes, at least {options.PpoVotes}: enough for reward models that PPO can be held to.")),
            _ when thumbs >= counts.Pairs => new CycleMethod(
                CycleMethodName.Kto, Text($"{counts.Votes} votes, less than the {options.PpoVotes} of PPO, and {thumbs} of them thumbs: KTO learns from these directly.")),
            _ => new CycleMethod(
                CycleMethodName.BestOfN, Text($"{counts.Votes} votes, less than the {options.PpoVotes} of PPO, and {counts.Pairs} of them pairs: the best of the model's own replies moves it little and surely.")),
        };
    }

    private static CycleMethod Asked(CycleMethodName method) => new(method, "It was asked for (Training:Cycle:Method).");

    /// <summary>Why the reward models say no more than their controls; null: they do.</summary>
    private static string? Useless(IReadOnlyList<RewardSummary> rewards)
    {
        double accuracy = rewards.Average(reward => reward.Main.Accuracy), length = rewards.Average(reward => reward.Main.LengthOnly);
        double shuffled = rewards.Average(reward => reward.Control?.Accuracy ?? 0.5), pairs = rewards.Min(reward => reward.Main.Pairs);
        double least = Math.Max(0.5, length) + (Z * Math.Sqrt(accuracy * (1 - accuracy) / pairs));
        double loss = rewards.Average(reward => reward.Main.LogLoss), shuffledLoss = rewards.Average(reward => reward.Control?.LogLoss ?? Math.Log(2));
        return accuracy > least && (accuracy > shuffled || loss < shuffledLoss - ClearlyBetter) ? null : Text(
            $"The reward models put {accuracy:0.000} of {pairs:0} held-out pairs into the right order. A rule of length alone does {length:0.000}, labels drawn by lot {shuffled:0.000} (log loss {loss:0.000} and {shuffledLoss:0.000}); with so few pairs it had to be above {least:0.000} to be no chance (p < .05), and better than the labels drawn by lot. What people voted cannot be told from noise: collect more votes.");
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
