using System.Text;

namespace MicroChat.Terminal;

/// <summary>One key, or the text of a whole paste.</summary>
internal readonly record struct KeyOrPaste(ConsoleKeyInfo Key, string? Pasted);

/// <summary>
/// Reads keys and gathers what a terminal brackets with <c>ESC[200~</c> and <c>ESC[201~</c> (xterm's mode 2004) into one text.
/// </summary>
internal sealed class PasteKeys(ITerminal terminal)
{
    private const char Escape = '\u001b';
    private const string Begin = "[200~", End = "\u001b[201~";
    private const int LongestPaste = 1 << 20;       // UTF-16 units; what comes after is swallowed

    private readonly Queue<ConsoleKeyInfo> pending = new();

    /// <summary>Waits for the next key or whole paste.</summary>
    public KeyOrPaste Read()
    {
        if (pending.TryDequeue(out ConsoleKeyInfo earlier))
        {
            return new KeyOrPaste(earlier, null);
        }
        ConsoleKeyInfo key = terminal.ReadKey();
        if (!terminal.MarksPastes || key.KeyChar != Escape || !terminal.KeyAvailable)
        {
            return new KeyOrPaste(key, null);
        }
        foreach (char wanted in Begin)
        {
            ConsoleKeyInfo next = terminal.ReadKey();
            pending.Enqueue(next);
            if (next.KeyChar != wanted || (wanted != Begin[^1] && !terminal.KeyAvailable))
            {
                return new KeyOrPaste(key, null);
            }
        }
        pending.Clear();
        return new KeyOrPaste(default, Gather());
    }

    private string Gather()
    {
        var text = new StringBuilder();
        while (!EndsWithMark(text))
        {
            char c = terminal.ReadKey().KeyChar;
            if (text.Length >= LongestPaste)
            {
                text.Remove(LongestPaste - End.Length, 1);
            }
            if (c != '\0')
            {
                text.Append(c);
            }
        }
        text.Length -= End.Length;
        return text.ToString().ReplaceLineEndings("\n").Replace("\t", "    ", StringComparison.Ordinal);
    }

    private static bool EndsWithMark(StringBuilder text)
    {
        for (int i = 0; i < End.Length; i++)
        {
            if (text.Length < End.Length || text[text.Length - End.Length + i] != End[i])
            {
                return false;
            }
        }
        return true;
    }
}
