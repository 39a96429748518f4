namespace MicroChat.Discord.Text;

/// <summary>
/// Cuts a long text into messages where it hurts least: between paragraphs, lines, sentences, words. A code block, and bold, struck-out or hidden
/// text, that must be cut is closed and opened again; links, mentions and characters stay whole. Nothing of the text is lost.
/// </summary>
public static class MessageSplitter
{
    /// <summary>Smallest limit that leaves room for the marks around a slice. Unit: UTF-16 characters.</summary>
    public const int SmallestLimit = 100;

    /// <summary>How full a message must be at least to be cut at a place of this cost; better places are too early before that.</summary>
    private static readonly double[] Fill = [0.5, 0.35, 0.25, 0.1, 0.1, 0.1, 0, 0, 0];

    /// <summary>Cuts a text.</summary>
    /// <param name="text">What is to be sent; may be empty, and may end within a code block, which is closed.</param>
    /// <param name="limit">Longest content of a message, marks included. Unit: UTF-16 characters, of which there are never fewer than Unicode characters.</param>
    public static IReadOnlyList<MessagePart> Split(string text, int limit)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, SmallestLimit);
        var map = new CutMap(text);
        var parts = new List<MessagePart>();
        for (int start = 0; start < text.Length || parts.Count == 0;)
        {
            string opening = map.OpeningAt(start);
            int end = End(map, text, start, limit - opening.Length);
            parts.Add(new MessagePart(opening + text[start..end] + map.ClosingAt(end), start, end - start));
            start = end;
        }
        return parts;
    }

    private static int End(CutMap map, string text, int start, int room)
    {
        int most = Math.Min(text.Length, start + room);
        if (most == text.Length && Fits(map, start, most, room))
        {
            return most;
        }
        Span<int> found = stackalloc int[(int)CutCost.Never];           // latest position of each cost; 0: none
        found.Clear();
        for (int at = Math.Min(most, text.Length - 1); at > start; at--)
        {
            CutCost cost = map.CostAt(at);
            if (cost < CutCost.Never && found[(int)cost] == 0 && Fits(map, start, at, room))
            {
                found[(int)cost] = at;
            }
        }
        for (int cost = 0; cost < found.Length; cost++)
        {
            if (found[cost] > start + (int)(Fill[cost] * room))
            {
                return found[cost];
            }
        }
        return LastResort(text, start, room);
    }

    private static bool Fits(CutMap map, int start, int end, int room) => end - start + map.ClosingAt(end).Length <= room;

    /// <summary>A mark that is longer than a message, such as a line of two thousand backticks: only pairs of surrogates stay together.</summary>
    private static int LastResort(string text, int start, int room)
    {
        const int ClosingRoom = 32;
        int end = Math.Min(text.Length, start + room - ClosingRoom);
        return end < text.Length && char.IsSurrogatePair(text[end - 1], text[end]) ? end - 1 : end;
    }
}
