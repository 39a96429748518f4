using System.Globalization;
using MicroChat.Terminal;

namespace MicroChat.Tests.Program;

/// <summary>What a terminal of unlimited height would show for the sequences that the line editor writes.</summary>
internal sealed class Screen
{
    private readonly List<List<string>> rows = [[]];

    public int Row { get; private set; }

    public int Column { get; private set; }

    public IEnumerable<string> Rows => rows.Select(r => string.Concat(r).TrimEnd());

    public static Screen Show(string written)
    {
        var screen = new Screen();
        for (int i = 0; i < written.Length;)
        {
            i = written[i] == '\u001b' ? screen.Sequence(written, i) : screen.Print(written, i);
        }
        return screen;
    }

    private int Print(string written, int at)
    {
        int length = written[at] is '\r' or '\n' ? 1 : StringInfo.GetNextTextElementLength(written.AsSpan(at));
        string cluster = written.Substring(at, length);
        if (cluster == "\r")
        {
            Column = 0;
        }
        else if (cluster == "\n")
        {
            Row++;
            while (rows.Count <= Row)
            {
                rows.Add([]);
            }
        }
        else
        {
            Put(cluster);
        }
        return at + length;
    }

    private void Put(string cluster)
    {
        int width = DisplayWidth.OfCluster(cluster);
        List<string> row = rows[Row];
        while (row.Count < Column + width)
        {
            row.Add(" ");
        }
        row[Column] = cluster;
        if (width == 2)
        {
            row[Column + 1] = "";
        }
        Column += width;
    }

    private int Sequence(string written, int at)
    {
        int end = at + 2;
        while (!char.IsLetter(written[end]))
        {
            end++;
        }
        string number = written[(at + 2)..end];
        switch (written[end])
        {
            case 'A': Row -= int.Parse(number, CultureInfo.InvariantCulture); break;
            case 'C': Column += int.Parse(number, CultureInfo.InvariantCulture); break;
            case 'J':
                rows.RemoveRange(Row + 1, rows.Count - Row - 1);
                rows[Row].RemoveRange(Math.Min(Column, rows[Row].Count), Math.Max(0, rows[Row].Count - Column));
                break;
            case 'h' or 'l': break;
            default: throw new InvalidDataException($"The screen does not know {written[at..(end + 1)]}.");
        }
        return end + 1;
    }
}
