using System.Text;

namespace MicroChat.Discord.Text;

/// <summary>
/// Ends a reply where the model begins to speak for somebody else: at a control mark of a chat template, or at a line that begins with a speaker's name
/// and a colon. Works on pieces; what could be the beginning of such a mark is held back.
/// </summary>
/// <param name="speakers">Names whose lines are not the model's to write: those of the roles, and of the people in the prompt.</param>
public sealed class TurnGuard(IEnumerable<string> speakers)
{
    private readonly string[] lineMarks = [.. speakers.Where(name => name.Length > 0).Select(name => name + ":").Distinct()];
    private readonly StringBuilder held = new();
    private bool atLineStart = true;

    /// <summary>The reply is over here, whatever comes after.</summary>
    public bool HasEnded { get; private set; }

    /// <summary>Takes the next piece.</summary>
    /// <returns>What of all so far belongs to the reply, and was not returned yet.</returns>
    public string Push(string piece)
    {
        if (HasEnded)
        {
            return "";
        }
        held.Append(piece);
        return Take(atEnd: false);
    }

    /// <summary>The reply is over.</summary>
    /// <returns>What was held back.</returns>
    public string Finish() => HasEnded ? "" : Take(atEnd: true);

    private string Take(bool atEnd)
    {
        string text = held.ToString();
        held.Clear();
        int at = 0;
        for (; at < text.Length; at++)
        {
            ReadOnlySpan<char> rest = text.AsSpan(at);
            if (IsMark(rest))
            {
                HasEnded = true;
                return text[..at].TrimEnd();
            }
            if (!atEnd && CouldBecomeMark(rest))
            {
                held.Append(rest);
                break;
            }
            atLineStart = text[at] == '\n' || (atLineStart && char.IsWhiteSpace(text[at]));
        }
        return text[..at];
    }

    private bool IsMark(ReadOnlySpan<char> text)
    {
        foreach (string mark in ControlMarks.All)
        {
            if (text.StartsWith(mark, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }
        foreach (string mark in atLineStart ? lineMarks : [])
        {
            if (text.StartsWith(mark, StringComparison.Ordinal))
            {
                return true;
            }
        }
        return false;
    }

    private bool CouldBecomeMark(ReadOnlySpan<char> text)
    {
        foreach (string mark in ControlMarks.All)
        {
            if (IsBeginning(text, mark))
            {
                return true;
            }
        }
        foreach (string mark in atLineStart ? lineMarks : [])
        {
            if (IsBeginning(text, mark))
            {
                return true;
            }
        }
        return false;
    }

    private static bool IsBeginning(ReadOnlySpan<char> text, string mark) =>
        text.Length < mark.Length && mark.AsSpan().StartsWith(text, StringComparison.OrdinalIgnoreCase);
}
