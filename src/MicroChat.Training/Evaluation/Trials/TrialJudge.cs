using System.Globalization;

namespace MicroChat.Training.Evaluation.Trials;

/// <summary>
/// Decides whether a generation on trial is promoted, rolled back, or tried on: guardrails first, then the votes (or duels), then the clock. May be
/// asked after every vote.
/// </summary>
public static class TrialJudge
{
    /// <summary>Chance that a guardrail ever trips on a generation that is as good as the live one, for each guardrail and both sides together.</summary>
    private const double GuardAlpha = 0.01;

    /// <summary>Fewest replies of either generation, and fewest unwanted ones, before a guardrail says anything: below, the approximation is no good.</summary>
    private const int GuardReplies = 30, GuardEvents = 5;

    /// <summary>A reply that takes so many times as long per token trips the guardrail.</summary>
    private const double MostSlowdown = 1.5;

    /// <summary>Judges.</summary>
    public static TrialJudgement Judge(TrialFigures trial, TrialRules rules)
    {
        var figures = new SortedDictionary<string, double>(StringComparer.Ordinal)
        {
            ["conversations"] = trial.Conversations, ["exposed"] = trial.Exposed, ["hours"] = Math.Round(trial.Elapsed.TotalHours, 2),
        };
        Interval? interval = trial.Duels is { } duels ? Describe(duels, rules, figures) : Describe(trial.Votes, rules, figures);
        if (Harm(trial, figures) is { } harm)
        {
            return new TrialJudgement(TrialVerdict.RollBack, ByGuardrail: true, harm, interval, figures);
        }
        (TrialVerdict verdict, string words) = trial.Duels is { } decided ? OfDuels(trial, decided, interval, rules) : OfVotes(trial, interval, rules);
        if (verdict == TrialVerdict.Continue && trial.Elapsed >= rules.MaximumTime)
        {
            (verdict, words) = (TrialVerdict.Expire, $"The trial of generation {trial.Canary} lasted {Days(trial.Elapsed)} and proved nothing, so generation {trial.Live} goes on. {words}");
        }
        return new TrialJudgement(verdict, ByGuardrail: false, words, interval, figures);
    }

    private static (TrialVerdict Verdict, string Words) OfVotes(TrialFigures trial, Interval? interval, TrialRules rules)
    {
        AdjustedDifference votes = trial.Votes;
        string counts = $"{votes.CanaryVotes} votes of {votes.CanaryRaters} people against {votes.LiveVotes}";
        if (interval is not { } range || votes.CanaryVotes < rules.MinimumVotes || votes.LiveVotes < rules.MinimumVotes || votes.CanaryRaters < rules.MinimumRaters)
        {
            return (TrialVerdict.Continue, $"A verdict needs {rules.MinimumVotes} votes of {rules.MinimumRaters} people on each generation; there are {counts}.");
        }
        string found = $"Generation {trial.Canary}'s up-rate lies between {Points(range.Low)} and {Points(range.High)} points of generation {trial.Live}'s, at equal severity of the raters and equal length ({Percent(1 - rules.Alpha)} confidence sequence, {counts}).";
        if (range.High < 0)
        {
            return (TrialVerdict.RollBack, $"It is worse. {found}");
        }
        return Promotable(trial, rules, range.Low > -rules.AcceptedLoss, rules.AcceptedLoss > 0 ? "It is no worse than accepted." : "It is better.", found);
    }

    private static (TrialVerdict Verdict, string Words) OfDuels(TrialFigures trial, WinRate duels, Interval? interval, TrialRules rules)
    {
        string counts = $"{duels.Wins} duels won, {duels.Losses} lost and {duels.Ties} tied with {trial.DuelPersons} people";
        if (interval is not { } range || duels.Wins + duels.Losses < rules.MinimumVotes || trial.DuelPersons < rules.MinimumRaters)
        {
            return (TrialVerdict.Continue, $"A verdict needs {rules.MinimumVotes} decided duels of {rules.MinimumRaters} people; there are {counts}.");
        }
        string found = $"Generation {trial.Canary} wins between {Percent(range.Low)} and {Percent(range.High)} of the duels with generation {trial.Live} ({Percent(1 - rules.Alpha)} confidence sequence, {counts}).";
        return range.High < 0.5
            ? (TrialVerdict.RollBack, $"It is worse. {found}")
            : Promotable(trial, rules, range.Low > 0.5 - rules.AcceptedLoss, rules.AcceptedLoss > 0 ? "It is no worse than accepted." : "It is better.", found);
    }

    private static (TrialVerdict Verdict, string Words) Promotable(TrialFigures trial, TrialRules rules, bool proved, string words, string found) =>
        !proved ? (TrialVerdict.Continue, $"Nothing is proved yet. {found}")
        : trial.Elapsed < rules.MinimumTime ? (TrialVerdict.Continue, $"{words} It is promoted when the trial has lasted {Days(rules.MinimumTime)}. {found}")
        : (TrialVerdict.Promote, $"{words} {found}");

    private static Interval? Describe(AdjustedDifference votes, TrialRules rules, SortedDictionary<string, double> figures)
    {
        figures["canary_votes"] = votes.CanaryVotes;
        figures["live_votes"] = votes.LiveVotes;
        figures["canary_raters"] = votes.CanaryRaters;
        if (votes.Estimate() is not { } estimate)
        {
            return null;
        }
        Interval range = ConfidenceSequence.Around(estimate.Difference, estimate.Variance, rules.Alpha);
        figures["canary_up_rate"] = votes.CanaryRate.Share;
        figures["live_up_rate"] = votes.LiveRate.Share;
        figures["difference"] = estimate.Difference;
        figures["difference_low"] = range.Low;
        figures["difference_high"] = range.High;
        figures["severity"] = estimate.Severity;
        figures["length_effect"] = estimate.LengthEffect;
        return range;
    }

    private static Interval? Describe(WinRate duels, TrialRules rules, SortedDictionary<string, double> figures)
    {
        Interval range = ConfidenceSequence.OfWinRate(duels.Wins, duels.Losses, rules.Alpha);
        figures["duels_won"] = duels.Wins;
        figures["duels_lost"] = duels.Losses;
        figures["duels_tied"] = duels.Ties;
        figures["win_rate_low"] = range.Low;
        figures["win_rate_high"] = range.High;
        return range;
    }

    /// <summary>The first guardrail that trips, in words; null: none does.</summary>
    private static string? Harm(TrialFigures trial, SortedDictionary<string, double> figures)
    {
        string? harm = null;
        foreach (UnwantedRate rate in trial.Unwanted)
        {
            figures[$"canary_{rate.Name}"] = rate.Canary.Count == 0 ? 0 : rate.Canary.Share;
            figures[$"live_{rate.Name}"] = rate.Live.Count == 0 ? 0 : rate.Live.Share;
            if (rate.Canary.Count < GuardReplies || rate.Live.Count < GuardReplies || rate.Canary.Successes < GuardEvents)
            {
                continue;
            }
            double all = rate.Canary.Count + rate.Live.Count, p = (rate.Canary.Successes + rate.Live.Successes + 1) / (all + 2);
            double variance = p * (1 - p) * ((1.0 / rate.Canary.Count) + (1.0 / rate.Live.Count));
            if (ConfidenceSequence.Around(rate.Canary.Share - rate.Live.Share, variance, GuardAlpha).Low > 0)
            {
                harm ??= $"Of generation {trial.Canary}'s replies {Percent(rate.Canary.Share)} {rate.Words} ({rate.Canary.Successes:0} of {rate.Canary.Count}); of generation {trial.Live}'s {Percent(rate.Live.Share)} ({rate.Live.Successes:0} of {rate.Live.Count}). That is no chance.";
            }
        }
        if (trial is { CanaryPace.Replies: >= GuardReplies, LivePace.Replies: >= GuardReplies })
        {
            figures["slowdown"] = trial.CanaryPace.SecondsPerToken / trial.LivePace.SecondsPerToken;
            harm ??= figures["slowdown"] > MostSlowdown
                ? $"Generation {trial.Canary} takes {Number(figures["slowdown"])} times as long per token as generation {trial.Live}; {Number(MostSlowdown)} times may be."
                : null;
        }
        return harm;
    }

    private static string Points(double share) => (100 * share).ToString("+0.0;−0.0;0.0", CultureInfo.InvariantCulture);

    private static string Percent(double share) => (100 * share).ToString("0.#", CultureInfo.InvariantCulture) + " %";

    private static string Number(double value) => value.ToString("0.##", CultureInfo.InvariantCulture);

    private static string Days(TimeSpan time) => time.TotalDays >= 2 ? $"{Number(time.TotalDays)} days" : $"{Number(time.TotalHours)} hours";
}
