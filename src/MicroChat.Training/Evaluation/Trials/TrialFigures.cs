namespace MicroChat.Training.Evaluation.Trials;

/// <summary>What must hold for a verdict.</summary>
/// <param name="Alpha">Chance of a wrong verdict of the votes in a whole trial, both sides together.</param>
/// <param name="AcceptedLoss">Up-rate that a generation may be worse and is promoted still; 0: it must be proved better. Unit: shares.</param>
/// <param name="MinimumVotes">Fewest votes on the generation on trial, and decided duels.</param>
/// <param name="MinimumRaters">Fewest people that they come from.</param>
/// <param name="MinimumTime">Shortest trial before a promotion.</param>
/// <param name="MaximumTime">Longest trial.</param>
public sealed record TrialRules(
    double Alpha, double AcceptedLoss, int MinimumVotes, int MinimumRaters, TimeSpan MinimumTime, TimeSpan MaximumTime);

/// <summary>How often something unwanted happened to replies of either generation.</summary>
/// <param name="Name">Of the figure, such as "repeat_rate".</param>
/// <param name="Words">What happened, as the end of "share of replies that …".</param>
/// <param name="Canary">Of the generation on trial.</param>
/// <param name="Live">Of the live one.</param>
public sealed record UnwantedRate(string Name, string Words, Proportion Canary, Proportion Live);

/// <summary>How long a reply's tokens take.</summary>
/// <param name="SecondsPerToken">Mean.</param>
/// <param name="Replies">Of how many replies.</param>
public readonly record struct ReplyPaceFigure(double SecondsPerToken, long Replies);

/// <summary>Everything that is known about a trial at a moment.</summary>
public sealed record TrialFigures
{
    /// <summary>Number of the generation on trial.</summary>
    public required int Canary { get; init; }

    /// <summary>Number of the live one.</summary>
    public required int Live { get; init; }

    /// <summary>Since the trial began.</summary>
    public required TimeSpan Elapsed { get; init; }

    /// <summary>Votes on both generations.</summary>
    public required AdjustedDifference Votes { get; init; }

    /// <summary>Duels between both generations, of each person no more than <see cref="MostDuelsPerPerson"/>; null: the trial has none.</summary>
    public WinRate? Duels { get; init; }

    /// <summary>People who decided duels.</summary>
    public int DuelPersons { get; init; }

    public IReadOnlyList<UnwantedRate> Unwanted { get; init; } = [];

    public ReplyPaceFigure CanaryPace { get; init; }

    public ReplyPaceFigure LivePace { get; init; }

    /// <summary>Conversations since the trial began.</summary>
    public long Conversations { get; init; }

    /// <summary>Those that saw the generation on trial.</summary>
    public long Exposed { get; init; }

    /// <summary>One person's first duels count, so that nobody decides alone.</summary>
    public const int MostDuelsPerPerson = 20;
}

/// <summary>What becomes of a trial.</summary>
public enum TrialVerdict
{
    /// <summary>It goes on.</summary>
    Continue,

    /// <summary>The generation replies to everyone from now on.</summary>
    Promote,

    /// <summary>The generation is worse, or does harm: the live one replies to everyone again.</summary>
    RollBack,

    /// <summary>The time is over and nothing is proved: as <see cref="RollBack"/>.</summary>
    Expire,
}

/// <summary>A verdict and its reasons.</summary>
/// <param name="Verdict">What becomes of the trial.</param>
/// <param name="ByGuardrail">Whether a guardrail decided, not the votes.</param>
/// <param name="Words">Why, for people.</param>
/// <param name="Interval">What may be true of the difference of the up-rates, or of the win rate in duels; null: nothing is known yet.</param>
/// <param name="Figures">The numbers behind the words.</param>
public sealed record TrialJudgement(
    TrialVerdict Verdict, bool ByGuardrail, string Words, Interval? Interval, IReadOnlyDictionary<string, double> Figures);
