using MicroChat.Discord.Port;

namespace MicroChat.Discord.Pacing;

/// <summary>When the next edit of a streamed reply is due: at the steady pace that the live limits allow, never faster than the operator wants.</summary>
internal sealed class EditClock(TimeSpan shortest, TimeProvider time)
{
    /// <summary>After so many intervals without a sentence's end, the end of a word is good enough.</summary>
    private const int Patience = 2;

    private long? last;

    /// <summary>How long to wait for the next edit; zero: it is due.</summary>
    public TimeSpan Wait(EditPace pace)
    {
        TimeSpan interval = pace.Interval > shortest ? pace.Interval : shortest;
        TimeSpan own = last is { } before ? interval - time.GetElapsedTime(before) : TimeSpan.Zero;
        TimeSpan wait = own > pace.Wait ? own : pace.Wait;
        return wait > TimeSpan.Zero ? wait : TimeSpan.Zero;
    }

    public bool IsImpatient => last is null || time.GetElapsedTime(last.Value) >= shortest * Patience;

    public void Edited() => last = time.GetTimestamp();
}
