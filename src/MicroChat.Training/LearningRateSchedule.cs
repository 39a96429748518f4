namespace MicroChat.Training;

/// <summary>Form of the way down from the peak.</summary>
public enum DecayShape
{
    /// <summary>No decay.</summary>
    Constant,

    /// <summary>Straight line.</summary>
    Linear,

    /// <summary>Half a cosine, or several (Loshchilov &amp; Hutter 2017, arXiv:1608.03983).</summary>
    Cosine,

    /// <summary>1 − √progress (Hägele et al. 2024, arXiv:2405.18392).</summary>
    OneMinusRoot,
}

/// <summary>
/// Learning rate by update: a warm-up, an optional stable part at the peak, a decay to a floor, then the floor for ever.
/// With a stable part it is warm-up–stable–decay: the run can go on at the peak for as long as there is time, and be cooled down to ship.
/// </summary>
public sealed record LearningRateSchedule
{
    /// <summary>Rate at the end of the warm-up.</summary>
    public required double Peak { get; init; }

    /// <summary>Updates of the warm-up. Unit: updates.</summary>
    public long WarmupSteps { get; init; }

    /// <summary>Form of the way up: <see cref="DecayShape.Linear"/>, or <see cref="DecayShape.Cosine"/>, which begins and ends flat.</summary>
    public DecayShape WarmupShape { get; init; } = DecayShape.Linear;

    /// <summary>Rate before the warm-up as a share of the peak, 0 to 1.</summary>
    public double WarmupStartShare { get; init; }

    /// <summary>Updates at the peak between warm-up and decay. Unit: updates.</summary>
    public long StableSteps { get; init; }

    /// <summary>Updates of the decay. Unit: updates.</summary>
    public long DecaySteps { get; init; }

    /// <summary>Form of the decay.</summary>
    public DecayShape Shape { get; init; } = DecayShape.Cosine;

    /// <summary>Cosines over the decay: 0.5 falls once; 1.5 falls, rises and falls again.</summary>
    public double Cycles { get; init; } = 0.5;

    /// <summary>The floor as a share of the peak, 0 to 1.</summary>
    public double FloorShare { get; init; }

    /// <summary>Rate after <paramref name="step"/> updates: 0 before any with a warm-up, so a trainer that counts updates from 1 loses none.</summary>
    public double At(long step)
    {
        if (step < WarmupSteps)
        {
            double warm = step / (double)WarmupSteps;
            double way = WarmupShape == DecayShape.Cosine ? 0.5 * (1 - Math.Cos(Math.PI * warm)) : warm;
            return Peak * (WarmupStartShare + ((1 - WarmupStartShare) * way));
        }
        long decayed = Math.Max(0, step - WarmupSteps - StableSteps);
        double progress = DecaySteps == 0 ? (decayed > 0 ? 1 : 0) : Math.Min(1, decayed / (double)DecaySteps);
        double height = Shape switch
        {
            DecayShape.Constant => 1,
            DecayShape.Linear => 1 - progress,
            DecayShape.Cosine => 0.5 * (1 + Math.Cos(2 * Math.PI * Cycles * progress)),
            DecayShape.OneMinusRoot => 1 - Math.Sqrt(progress),
            _ => throw new ArgumentOutOfRangeException(nameof(step), Shape, "no such shape"),
        };
        return Peak * (FloorShare + ((1 - FloorShare) * height));
    }
}
