using MicroChat.Cycles;
using MicroChat.Options;

namespace MicroChat.Web.Operator;

/// <summary>When the next cycle begins, or why not yet.</summary>
internal static class NextCycle
{
    /// <param name="schedule">The operator's.</param>
    /// <param name="last">The newest cycle; null: there was none.</param>
    /// <param name="votes">New votes since the last snapshot.</param>
    /// <param name="held">Whether nothing happens by itself.</param>
    /// <param name="now">The time.</param>
    public static LoopNext Of(CycleScheduleOptions schedule, CycleState? last, long votes, bool held, DateTimeOffset now)
    {
        if (last?.Verdict.State == CycleVerdictState.Running)
        {
            return new LoopNext(null, "One is running.");
        }
        if (!schedule.Enabled)
        {
            return new LoopNext(null, "Only on demand: microchat train cycle. To let the host begin by itself, set Training:Cycle:Schedule:Enabled.");
        }
        if (held)
        {
            return new LoopNext(null, "Held: nothing begins by itself until it is released.");
        }
        DateTimeOffset at = Window(schedule, last is null ? now : Later(now, last.Created + schedule.LeastBetween));
        string[] reasons =
        [
            .. votes < schedule.LeastNewVotes ? [$"{votes} of {schedule.LeastNewVotes} new votes are there"] : Array.Empty<string>(),
            .. last is not null && last.Created + schedule.LeastBetween > now ? [$"the last one began less than {schedule.LeastBetween.TotalHours:0.#} hours ago"] : Array.Empty<string>(),
            .. Window(schedule, now) > now ? [$"the window opens at {schedule.From:hh\\:mm} UTC"] : Array.Empty<string>(),
        ];
        return reasons.Length == 0 ? new LoopNext(at, "It is due.") : new LoopNext(at, $"Not yet: {string.Join(", and ", reasons)}.");
    }

    /// <summary>The first moment from a time on at which the window is open.</summary>
    private static DateTimeOffset Window(CycleScheduleOptions schedule, DateTimeOffset from)
    {
        TimeSpan day = from.UtcDateTime.TimeOfDay;
        bool open = schedule.From == schedule.Until
            || (schedule.From < schedule.Until ? day >= schedule.From && day < schedule.Until : day >= schedule.From || day < schedule.Until);
        var opens = new DateTimeOffset(from.UtcDateTime.Date + schedule.From, TimeSpan.Zero);
        return open ? from : opens >= from ? opens : opens.AddDays(1);
    }

    private static DateTimeOffset Later(DateTimeOffset a, DateTimeOffset b) => a > b ? a : b;
}
