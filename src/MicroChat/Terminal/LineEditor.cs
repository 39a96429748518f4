using System.Text;

namespace MicroChat.Terminal;

/// <summary>What reading a line came to.</summary>
internal enum LineEnd
{
    /// <summary>There is a text.</summary>
    Entered,

    /// <summary>Ctrl-C on an empty line.</summary>
    Interrupted,

    /// <summary>Ctrl-D on an empty line, or the end of the input.</summary>
    EndOfInput,
}

/// <summary>A line that was read.</summary>
internal readonly record struct LineRead(LineEnd End, string Text);

/// <summary>
/// Reads a message from the keyboard: arrows, Home/End, word moves, history, the usual control keys, pastes of several lines,
/// and a trailing backslash that continues on the next line.
/// </summary>
internal sealed class LineEditor(ITerminal terminal)
{
    private const string StartPasteMarks = "\u001b[?2004h", StopPasteMarks = "\u001b[?2004l";
    private const int MostHistory = 1_000;

    private readonly List<string> history = [];
    private LineBuffer buffer = new();
    private PasteKeys keys = new(terminal);
    private int historyAt;
    private string unsent = "";

    /// <summary>Reads one message.</summary>
    /// <param name="prompt">Shown before the text; printable characters only.</param>
    public LineRead Read(string prompt)
    {
        var view = new LineView(terminal, prompt);
        (buffer, keys, historyAt, unsent) = (new LineBuffer(), new PasteKeys(terminal), history.Count, "");
        terminal.Output.Write(terminal.MarksPastes ? StartPasteMarks : "");
        view.Draw("", 0);
        try
        {
            while (true)
            {
                LineEnd? end = Step(keys.Read());
                if (end == LineEnd.Entered)
                {
                    view.Finish(buffer.Text);
                    return new LineRead(LineEnd.Entered, Remember(buffer.Text));
                }
                if (end is { } stopped)
                {
                    view.Finish("");
                    return new LineRead(stopped, "");
                }
                if (!terminal.KeyAvailable)       // a paste is drawn once, at its end
                {
                    view.Draw(buffer.Text, buffer.Cursor);
                }
            }
        }
        finally
        {
            terminal.Output.Write(terminal.MarksPastes ? StopPasteMarks : "");
            terminal.Output.Flush();
        }
    }

    private LineEnd? Step(KeyOrPaste input)
    {
        if (input.Pasted is { } pasted)
        {
            buffer.Insert(pasted);
            return null;
        }
        ConsoleKeyInfo key = input.Key;
        bool control = key.Modifiers.HasFlag(ConsoleModifiers.Control);
        bool alt = key.Modifiers.HasFlag(ConsoleModifiers.Alt);
        if (key.Key == ConsoleKey.Enter || key.KeyChar is '\r' or '\n')
        {
            return Enter(alt);
        }
        if (control || key.KeyChar is > '\0' and < ' ')
        {
            return Control(key);
        }
        if (alt)
        {
            Word(key.Key);
            return null;
        }
        Plain(key);
        return null;
    }

    private LineEnd? Enter(bool alt)
    {
        bool endsWithBackslash = buffer.Cursor == buffer.Length && buffer.Text.EndsWith('\\');
        if (endsWithBackslash)
        {
            buffer.Backspace();
        }
        if (endsWithBackslash || alt || (!terminal.MarksPastes && terminal.KeyAvailable))
        {
            buffer.Insert("\n");
            return null;
        }
        return LineEnd.Entered;
    }

    private LineEnd? Control(ConsoleKeyInfo key)
    {
        switch (key.Key == ConsoleKey.None && key.KeyChar is >= '\u0001' and <= '\u001a' ? ConsoleKey.A + (key.KeyChar - 1) : key.Key)
        {
            case ConsoleKey.C when buffer.Length == 0:
                return LineEnd.Interrupted;
            case ConsoleKey.D when buffer.Length == 0:
                return LineEnd.EndOfInput;
            case ConsoleKey.C: buffer.Set(""); break;
            case ConsoleKey.D: buffer.Delete(); break;
            case ConsoleKey.A: buffer.Home(); break;
            case ConsoleKey.E: buffer.End(); break;
            case ConsoleKey.B: buffer.Left(); break;
            case ConsoleKey.F: buffer.Right(); break;
            case ConsoleKey.U: buffer.DeleteToStart(); break;
            case ConsoleKey.K: buffer.DeleteToEnd(); break;
            case ConsoleKey.W: buffer.DeleteWordLeft(); break;
            case ConsoleKey.P: Recall(-1); break;
            case ConsoleKey.N: Recall(+1); break;
            case ConsoleKey.LeftArrow: buffer.WordLeft(); break;
            case ConsoleKey.RightArrow: buffer.WordRight(); break;
            case ConsoleKey.Backspace: buffer.DeleteWordLeft(); break;
            case ConsoleKey.H: buffer.Backspace(); break;
            default: Plain(key); break;
        }
        return null;
    }

    private void Word(ConsoleKey key)
    {
        switch (key)
        {
            case ConsoleKey.B or ConsoleKey.LeftArrow: buffer.WordLeft(); break;
            case ConsoleKey.F or ConsoleKey.RightArrow: buffer.WordRight(); break;
            case ConsoleKey.Backspace: buffer.DeleteWordLeft(); break;
            default: break;
        }
    }

    private void Plain(ConsoleKeyInfo key)
    {
        switch (key.Key)
        {
            case ConsoleKey.LeftArrow: buffer.Left(); break;
            case ConsoleKey.RightArrow: buffer.Right(); break;
            case ConsoleKey.Home: buffer.Home(); break;
            case ConsoleKey.End: buffer.End(); break;
            case ConsoleKey.UpArrow: Recall(-1); break;
            case ConsoleKey.DownArrow: Recall(+1); break;
            case ConsoleKey.Backspace: buffer.Backspace(); break;
            case ConsoleKey.Delete: buffer.Delete(); break;
            default:
                if (!char.IsControl(key.KeyChar))
                {
                    buffer.Insert(key.KeyChar.ToString());
                }
                break;
        }
    }

    private void Recall(int step)
    {
        int wanted = historyAt + step;
        if (wanted < 0 || wanted > history.Count)
        {
            return;
        }
        unsent = historyAt == history.Count ? buffer.Text : unsent;
        historyAt = wanted;
        buffer.Set(wanted == history.Count ? unsent : history[wanted]);
    }

    private string Remember(string text)
    {
        if (!string.IsNullOrWhiteSpace(text) && (history.Count == 0 || history[^1] != text))
        {
            history.Add(text);
            history.RemoveRange(0, Math.Max(0, history.Count - MostHistory));
        }
        return text;
    }
}
