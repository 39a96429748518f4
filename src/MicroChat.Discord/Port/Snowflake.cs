using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace MicroChat.Discord.Port;

/// <summary>An id of Discord: it sorts by time and tells when the thing was made.</summary>
/// <param name="Value">The number; 0 is no id.</param>
/// <remarks>Source: Discord API reference, "Snowflakes".</remarks>
public readonly record struct Snowflake(ulong Value) : IComparable<Snowflake>
{
    private const long Epoch = 1_420_070_400_000;               // 2015-01-01 in Unix milliseconds
    private const int TimeShift = 22;

    /// <summary>When the thing was made, to the millisecond. For a person that is the age of the account.</summary>
    public DateTimeOffset CreatedAt => DateTimeOffset.FromUnixTimeMilliseconds((long)(Value >> TimeShift) + Epoch);

    /// <summary>Smallest id that something made at this time can have; for paging by time.</summary>
    public static Snowflake At(DateTimeOffset time) => new((ulong)Math.Max(0, time.ToUnixTimeMilliseconds() - Epoch) << TimeShift);

    /// <summary>Reads decimal digits.</summary>
    /// <returns>False: it is not a number from 1 to 2⁶⁴ − 1.</returns>
    public static bool TryParse([NotNullWhen(true)] string? text, out Snowflake id)
    {
        bool read = ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ulong value) && value > 0;
        id = new Snowflake(read ? value : 0);
        return read;
    }

    /// <summary>The shard that has the events of this guild: <c>(id ≫ 22) mod shards</c>.</summary>
    public int Shard(int shards) => (int)((Value >> TimeShift) % (ulong)shards);

    public int CompareTo(Snowflake other) => Value.CompareTo(other.Value);

    public static bool operator <(Snowflake left, Snowflake right) => left.Value < right.Value;

    public static bool operator >(Snowflake left, Snowflake right) => left.Value > right.Value;

    public static bool operator <=(Snowflake left, Snowflake right) => left.Value <= right.Value;

    public static bool operator >=(Snowflake left, Snowflake right) => left.Value >= right.Value;

    /// <summary>The decimal digits.</summary>
    public override string ToString() => Value.ToString(CultureInfo.InvariantCulture);
}
