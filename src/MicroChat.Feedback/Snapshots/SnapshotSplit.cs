using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace MicroChat.Feedback.Snapshots;

/// <summary>
/// Which conversations are held out: those of a fixed share of persons (or, with too few persons, a share of conversations), and those that began
/// last. Drawn by hash, so a person stays on one side from snapshot to snapshot.
/// </summary>
internal sealed class SnapshotSplit
{
    public const string Train = "train", HeldOut = "held-out", HeldOutTime = "held-out-time";

    private const int FewestPersons = 10, FewestConversations = 10;

    private readonly double share;

    private SnapshotSplit(double share, bool byPerson, DateTimeOffset? since)
    {
        this.share = share;
        ByPerson = byPerson;
        Since = since;
    }

    public bool ByPerson { get; }

    /// <summary>Conversations that began then or later are held out; null: none.</summary>
    public DateTimeOffset? Since { get; }

    /// <param name="starts">When each conversation that is taken began.</param>
    /// <param name="persons">How many persons wrote in them.</param>
    /// <param name="options">The shares.</param>
    public static SnapshotSplit Of(IReadOnlyCollection<DateTimeOffset> starts, int persons, SnapshotOptions options)
    {
        DateTimeOffset? since = starts.Count >= FewestConversations && options.HeldOutTime > 0
            ? starts.Max() - (starts.Max() - starts.Min()) * options.HeldOutTime : null;
        return new SnapshotSplit(options.HeldOutPersons, persons >= FewestPersons, since);
    }

    public string Of(Guid conversation, DateTimeOffset start, IEnumerable<Pseudonym> persons) =>
        (ByPerson ? persons.Any(IsHeldOut) : Fraction(conversation.ToString("D")) < share) ? HeldOut
        : start >= Since ? HeldOutTime
        : Train;

    /// <summary>Whether a person's vote must stay out of the splits that are not theirs.</summary>
    public bool IsHeldOut(Pseudonym person) => ByPerson && Fraction(person.Value) < share;

    private static double Fraction(string id) =>
        BinaryPrimitives.ReadUInt64BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes("split:" + id))) / (double)ulong.MaxValue;
}
