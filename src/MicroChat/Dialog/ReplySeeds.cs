namespace MicroChat.Dialog;

/// <summary>One seed per reply: fresh ones, or counted up from a fixed one so that a retry differs and a whole conversation repeats.</summary>
internal sealed class ReplySeeds(Func<long> fresh, long? start)
{
    private long drawn;

    /// <summary>The fixed seed; null: fresh ones. Setting it starts the count again.</summary>
    public long? Start
    {
        get => start;
        set => (start, drawn) = (value, 0);
    }

    public long Next() => start is { } first ? unchecked(first + drawn++) : fresh();
}
