using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using MicroChat.Model.Templates;

namespace MicroChat.Training.Data;

/// <summary>
/// Decides by content which documents and conversations are held out for validation: never by position, so adding rows moves none,
/// and rows with the same letters and digits land on the same side. System turns do not count: the same talk under another persona is a duplicate.
/// </summary>
public sealed class TextSplit
{
    private readonly ulong _limit;

    private TextSplit(ulong limit) => _limit = limit;

    /// <summary>Holds out a share of a source.</summary>
    /// <param name="share">0 to 1; 0.01 is one row in a hundred.</param>
    public static TextSplit ByShare(double share)
    {
        if (!(share >= 0 && share <= 1))
        {
            throw new ArgumentOutOfRangeException(nameof(share), share, "The share held out must be from 0 to 1.");
        }
        return new TextSplit(share >= 1 ? ulong.MaxValue : (ulong)(share * ulong.MaxValue));
    }

    /// <summary>Holds out so many different rows of a source, those with the smallest keys; rows that are duplicates of them too.</summary>
    /// <param name="keys">Keys of all rows, by <see cref="Key(Conversation)"/> or its sisters.</param>
    /// <param name="rows">How many; at least 1. When there are no more than that, one is kept for training.</param>
    public static TextSplit ByCount(IEnumerable<ulong> keys, int rows)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(rows, 1);
        var smallest = new SortedSet<ulong>();
        foreach (ulong key in keys)
        {
            if (smallest.Add(key) && smallest.Count > rows + 1)
            {
                smallest.Remove(smallest.Max);
            }
        }
        return new TextSplit(smallest.Count == 0 ? 0 : smallest.Max);
    }

    /// <summary>Whether the row with this key is held out.</summary>
    public bool IsHeldOut(ulong key) => key < _limit;

    /// <summary>Key of a conversation.</summary>
    public static ulong Key(Conversation conversation) => Key(conversation.Turns);

    /// <summary>Key of a preference pair: of its prompt, so that all pairs of a prompt stay together.</summary>
    public static ulong Key(PreferencePair pair) => Key(pair.Prompt);

    /// <summary>Key of turns, such as the prompt of a ranking.</summary>
    public static ulong Key(IReadOnlyList<ChatTurn> turns) => Key(turns.Where(turn => turn.Role != TurnFields.System).Select(turn => turn.Content));

    /// <summary>Key of a document; the pieces of one document keep the side of the first.</summary>
    public static ulong Key(TextDocument document) => Key([document.Text]);

    private static ulong Key(IEnumerable<string> texts)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var letters = new StringBuilder();
        foreach (string text in texts)
        {
            foreach (Rune rune in text.EnumerateRunes())
            {
                if (Rune.IsLetterOrDigit(rune))
                {
                    letters.Append(Rune.ToLowerInvariant(rune));
                }
            }
            letters.Append('\n');
        }
        hash.AppendData(Encoding.UTF8.GetBytes(letters.ToString()));
        return BinaryPrimitives.ReadUInt64BigEndian(hash.GetHashAndReset());
    }
}
