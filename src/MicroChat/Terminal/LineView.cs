using System.Globalization;
using System.Text;

namespace MicroChat.Terminal;

/// <summary>Draws a <see cref="LineBuffer"/> over as many rows as it needs and keeps track of where the cursor is.</summary>
internal sealed class LineView(ITerminal terminal, string prompt)
{
    private const char Escape = '\u001b';

    private int cursorRow;

    /// <summary>Draws everything anew, in one write so that nothing flickers.</summary>
    public void Draw(string text, int cursor)
    {
        var output = new StringBuilder();
        ToFirstRow(output);
        int width = Math.Max(2, terminal.Width);
        (int Row, int Column) at = (0, 0), wanted = (0, 0);
        at = Append(output, prompt, at, width);
        for (int i = 0; i < text.Length;)
        {
            wanted = i == cursor ? at : wanted;
            int length = StringInfo.GetNextTextElementLength(text.AsSpan(i));
            at = Append(output, text.AsSpan(i, length), at, width);
            i += length;
        }
        wanted = cursor == text.Length ? at : wanted;
        Move(output, at.Row - wanted.Row, wanted.Column);
        cursorRow = wanted.Row;
        terminal.Output.Write(output);
        terminal.Output.Flush();
    }

    /// <summary>Leaves the finished text where it is and goes to a fresh row below it.</summary>
    public void Finish(string text)
    {
        Draw(text, text.Length);
        terminal.Output.WriteLine();
        terminal.Output.Flush();
        cursorRow = 0;
    }

    private void ToFirstRow(StringBuilder output)
    {
        Move(output, cursorRow, 0);
        output.Append(Escape).Append("[J");
    }

    private static (int Row, int Column) Append(StringBuilder output, ReadOnlySpan<char> text, (int Row, int Column) at, int width)
    {
        while (text.Length > 0)
        {
            int length = StringInfo.GetNextTextElementLength(text);
            at = AppendCluster(output, text[..length], at, width);
            text = text[length..];
        }
        return at;
    }

    /// <summary>Wraps by itself, a row early where a wide character would not fit, so that it never depends on the terminal's own wrapping.</summary>
    private static (int Row, int Column) AppendCluster(
        StringBuilder output, ReadOnlySpan<char> cluster, (int Row, int Column) at, int width)
    {
        if (cluster[0] is '\n' or '\r')
        {
            output.Append("\r\n");
            return (at.Row + 1, 0);
        }
        bool visible = !char.IsControl(cluster[0]);
        int columns = visible ? DisplayWidth.OfCluster(cluster) : 1;
        output.Append(visible ? cluster : " ");
        at.Column += columns;
        if (at.Column >= width - 1)       // the last column may hold half a wide character; leave it free
        {
            output.Append("\r\n");
            return (at.Row + 1, 0);
        }
        return at;
    }

    private static void Move(StringBuilder output, int rowsUp, int column)
    {
        output.Append('\r');
        if (rowsUp > 0)
        {
            output.Append(Escape).Append('[').Append(rowsUp).Append('A');
        }
        if (column > 0)
        {
            output.Append(Escape).Append('[').Append(column).Append('C');
        }
    }
}
