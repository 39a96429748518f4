using System.Globalization;
using MicroChat.Options;

namespace MicroChat.Cycles;

/// <summary>Decides when the host begins a cycle by itself.</summary>
internal static class CycleSchedule
{
    /// <summary>A cycle that stands still at an error is tried again after this: a disk may have room by then.</summary>
    private static readonly TimeSpan AfterFailure = TimeSpan.FromHours(1);

    /// <summary>What is to be done now.</summary>
    /// <param name="options">When.</param>
    /// <param name="held">Whether the operator holds the loop.</param>
    /// <param name="newest">The newest cycle; null: there was none.</param>
    /// <param name="newVotes">Votes since that one began; all of them where it began later than now, because a clock was set back.</param>
    /// <param name="now">The time.</param>
    /// <returns>Whether a cycle is to be begun or gone on with, and why, or why not, in words.</returns>
    public static (bool Start, string Words) Decide(CycleScheduleOptions options, bool held, CycleState? newest, long newVotes, DateTimeOffset now)
    {
        if (held)
        {
            return (false, "The loop is held; nothing begins until it is released.");
        }
        if (!options.Enabled)
        {
            return (false, "Cycles begin on demand only (Training:Cycle:Schedule:Enabled is false).");
        }
        if (!InWindow(options, now))
        {
            return (false, Text($"The next window begins at {options.From:hh\\:mm} UTC."));
        }
        if (newest is { Verdict.State: CycleVerdictState.Running })
        {
            return (true, $"Cycle {newest.Id} is not over and is gone on with.");
        }
        if (newest is { Verdict.State: CycleVerdictState.Failed })
        {
            return now - newest.Written >= AfterFailure
                ? (true, $"Cycle {newest.Id} stood still at an error and is tried again.") : (false, $"Cycle {newest.Id} stands still: {newest.Verdict.Words}");
        }
        if (newest is not null && newest.Created <= now && now - newest.Created < options.LeastBetween)
        {
            return (false, Text($"The last cycle began at {newest.Created.UtcDateTime:yyyy-MM-dd HH:mm} UTC; the next may begin {options.LeastBetween} later."));
        }
        return newVotes >= options.LeastNewVotes
            ? (true, Text($"There are {newVotes} new votes.")) : (false, Text($"There are {newVotes} new votes; {options.LeastNewVotes} are waited for."));
    }

    /// <summary>Whether a cycle may begin at a time of the day.</summary>
    private static bool InWindow(CycleScheduleOptions options, DateTimeOffset now)
    {
        TimeSpan time = now.UtcDateTime.TimeOfDay;
        return options.From == options.Until || (options.From < options.Until ? time >= options.From && time < options.Until : time >= options.From || time < options.Until);
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
