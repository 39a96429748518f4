namespace MicroChat.Training.Objectives;

/// <summary>A judgement of two replies by their places in an array of scores.</summary>
/// <param name="Chosen">Place of the better reply's score.</param>
/// <param name="Rejected">Place of the other's.</param>
public readonly record struct RewardPair(int Chosen, int Rejected)
{
    /// <summary>Its share of the loss; those of an update add up to 1, or, where judgements weigh differently, do so on average.</summary>
    public required double Weight { get; init; }

    /// <summary>How much better the chosen reply should score at least. Unit: the score's.</summary>
    public double Margin { get; init; }

    /// <summary>Probability that the chosen reply really is the better one; below 1 for contradictory votes.</summary>
    public double Probability { get; init; } = 1;
}
