using System.Globalization;
using System.Text;

namespace MicroChat.Model.Checkpoints;

/// <summary>A checkpoint cannot be read or written; the message names the path, what was found, what was wanted and the remedy.</summary>
public sealed class CheckpointException : Exception
{
    /// <summary>An error without further detail.</summary>
    public CheckpointException()
    {
    }

    /// <summary>An error with a message for people.</summary>
    public CheckpointException(string message)
        : base(message)
    {
    }

    /// <summary>An error with a message for people and its cause.</summary>
    public CheckpointException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}

/// <summary>Text from untrusted files, made fit for a message: short and without control characters.</summary>
internal static class Untrusted
{
    private const int LongestCharacters = 100;

    public static string Quote(string text)
    {
        var safe = new StringBuilder("\"");
        foreach (Rune rune in text.EnumerateRunes())
        {
            if (safe.Length > LongestCharacters)
            {
                return safe.Append("…\"").ToString();
            }
            safe.Append(IsVisible(rune) ? rune.ToString() : "?");
        }
        return safe.Append('"').ToString();
    }

    private static bool IsVisible(Rune rune) => Rune.GetUnicodeCategory(rune) is not
        (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator
        or UnicodeCategory.ParagraphSeparator or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned);
}
