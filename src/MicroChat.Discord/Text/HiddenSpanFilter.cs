using System.Text;

namespace MicroChat.Discord.Text;

/// <summary>
/// Takes what a model thinks to itself (&lt;think&gt;…&lt;/think&gt; and the like) out of a reply while it is being streamed. What could be the beginning of a
/// mark is held back until it is clear. The result is the same however the text is cut into pieces; a span that is never closed stays hidden.
/// </summary>
public sealed class HiddenSpanFilter
{
    private static readonly string[] Names = ["think", "thinking", "thought", "thoughts", "reasoning", "reflection", "scratchpad", "analysis", "internal"];

    private static readonly (string Mark, int Change)[] Marks =
    [
        .. Names.Select(name => ($"<{name}>", 1)), .. Names.Select(name => ($"</{name}>", -1)),
        ("<|begin_of_thought|>", 1), ("<|end_of_thought|>", -1), ("[THINK]", 1), ("[/THINK]", -1),
    ];

    private readonly StringBuilder held = new();
    private int depth;

    /// <summary>Takes the next piece.</summary>
    /// <returns>What of all so far can be shown now, and was not yet.</returns>
    public string Push(string piece)
    {
        held.Append(piece);
        return Take(atEnd: false);
    }

    /// <summary>The reply is over.</summary>
    /// <returns>What was held back and turned out to be no mark.</returns>
    public string Finish() => Take(atEnd: true);

    private string Take(bool atEnd)
    {
        string text = held.ToString();
        held.Clear();
        var shown = new StringBuilder();
        int at = 0;
        while (at < text.Length)
        {
            int next = text.AsSpan(at).IndexOfAny('<', '[') is >= 0 and var found ? at + found : text.Length;
            Show(shown, text.AsSpan(at, next - at));
            at = next;
            if (at == text.Length)
            {
                break;
            }
            ReadOnlySpan<char> rest = text.AsSpan(at);
            if (MarkAt(rest) is { Length: > 0 } mark)
            {
                depth = Math.Max(0, depth + mark.Change);
                at += mark.Length;
            }
            else if (!atEnd && CouldBecomeMark(rest))
            {
                held.Append(rest);
                break;
            }
            else
            {
                Show(shown, rest[..1]);
                at++;
            }
        }
        return shown.ToString();
    }

    private void Show(StringBuilder shown, ReadOnlySpan<char> text)
    {
        if (depth == 0)
        {
            shown.Append(text);
        }
    }

    private static (int Length, int Change) MarkAt(ReadOnlySpan<char> text)
    {
        foreach ((string mark, int change) in Marks)
        {
            if (text.StartsWith(mark, StringComparison.OrdinalIgnoreCase))
            {
                return (mark.Length, change);
            }
        }
        return default;
    }

    private static bool CouldBecomeMark(ReadOnlySpan<char> text)
    {
        foreach ((string mark, _) in Marks)
        {
            if (text.Length < mark.Length && mark.AsSpan().StartsWith(text, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }
        return false;
    }
}
