namespace MicroChat.Training.Objectives;

/// <summary>β: what a nat of divergence costs the policy, fixed or steered towards a wanted divergence.</summary>
public sealed record KlCoefficientOptions
{
    /// <summary>β at the beginning. Unit: score per nat.</summary>
    public double Initial { get; init; } = 0.05;

    /// <summary>Wanted divergence; null: β stays as it is. Unit: nats per reply.</summary>
    public double? Target { get; init; }

    /// <summary>Replies over which β may change by a factor of about e^.2. Unit: replies.</summary>
    public double HorizonReplies { get; init; } = 10_000;

    /// <summary>Everything that is wrong, one sentence each; empty when nothing is.</summary>
    public IReadOnlyList<string> Validate() => new OptionFaults()
        .NotNegative("KL coefficient", Initial).Positive("KL target", Target ?? 1).Positive("KL horizon", HorizonReplies).All;
}

/// <summary>The controller; its whole state is β. Source: Ziegler et al. 2019, §2.2.</summary>
public static class KlCoefficient
{
    /// <summary>Most that one update of the error counts.</summary>
    private const double ErrorClip = 0.2;

    /// <summary>β of the next update: <c>β (1 + clip(KL / target − 1, ±.2) · replies / horizon)</c>; never below 0.</summary>
    /// <param name="beta">β of this update.</param>
    /// <param name="kl">Mean over the replies of the summed k1. Unit: nats per reply. Not a number: β stays.</param>
    /// <param name="replies">Replies of this update.</param>
    /// <param name="options">Target and horizon.</param>
    public static double Next(double beta, double kl, long replies, KlCoefficientOptions options)
    {
        if (options.Target is not { } target || double.IsNaN(kl))
        {
            return beta;
        }
        double error = Math.Clamp((kl / target) - 1, -ErrorClip, ErrorClip);
        return beta * Math.Max(0, 1 + (error * replies / options.HorizonReplies));
    }
}
