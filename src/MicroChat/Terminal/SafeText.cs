using System.Text;

namespace MicroChat.Terminal;

/// <summary>Makes text from a model or a file harmless for a terminal.</summary>
internal static class SafeText
{
    /// <summary>Replaces control characters (escape sequences could move the cursor or forge output), except line feed and tab.</summary>
    public static string ForTerminal(string text)
    {
        if (!text.Any(IsUnsafe))
        {
            return text;
        }
        var safe = new StringBuilder(text);
        for (int i = 0; i < safe.Length; i++)
        {
            safe[i] = IsUnsafe(safe[i]) ? '\uFFFD' : safe[i];
        }
        return safe.ToString();
    }

    private static bool IsUnsafe(char c) => char.IsControl(c) && c is not ('\n' or '\t');
}
