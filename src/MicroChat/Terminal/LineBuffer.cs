using System.Globalization;
using System.Text;

namespace MicroChat.Terminal;

/// <summary>The text being edited and the cursor in it. The cursor always stands between user-perceived characters.</summary>
internal sealed class LineBuffer
{
    private readonly StringBuilder text = new();

    /// <summary>UTF-16 units before the cursor.</summary>
    public int Cursor { get; private set; }

    public int Length => text.Length;

    public string Text => text.ToString();

    public void Set(string value)
    {
        text.Clear().Append(value);
        Cursor = text.Length;
    }

    public void Insert(string value)
    {
        text.Insert(Cursor, value);
        Cursor += value.Length;
    }

    public void MoveTo(int position) => Cursor = Math.Clamp(position, 0, text.Length);

    public void Left() => Cursor = ClusterBefore();

    public void Right() => Cursor = ClusterAfter();

    public void WordLeft() => Cursor = WordStart();

    public void WordRight()
    {
        while (Cursor < text.Length && !IsWord(Cursor))
        {
            Right();
        }
        while (Cursor < text.Length && IsWord(Cursor))
        {
            Right();
        }
    }

    /// <summary>To the beginning of the line that the cursor is in.</summary>
    public void Home() => Cursor = LineStart();

    /// <summary>To the end of the line that the cursor is in.</summary>
    public void End() => Cursor = LineEnd();

    public void Backspace() => Remove(ClusterBefore(), Cursor);

    public void Delete() => Remove(Cursor, ClusterAfter());

    public void DeleteWordLeft() => Remove(WordStart(), Cursor);

    /// <summary>Removes from the beginning of the line to the cursor.</summary>
    public void DeleteToStart() => Remove(LineStart(), Cursor);

    /// <summary>Removes from the cursor to the end of the line.</summary>
    public void DeleteToEnd() => Remove(Cursor, LineEnd());

    private void Remove(int start, int end)
    {
        text.Remove(start, end - start);
        Cursor = start;
    }

    private int LineStart()
    {
        int at = Cursor;
        while (at > 0 && text[at - 1] != '\n')
        {
            at--;
        }
        return at;
    }

    private int LineEnd()
    {
        int at = Cursor;
        while (at < text.Length && text[at] != '\n')
        {
            at++;
        }
        return at;
    }

    private int ClusterAfter() =>
        Cursor == text.Length ? Cursor : Cursor + StringInfo.GetNextTextElementLength(Text.AsSpan(Cursor));

    private int ClusterBefore()
    {
        int at = LineStart();
        if (at == Cursor)
        {
            return Math.Max(0, Cursor - 1);
        }
        string all = Text;
        while (true)
        {
            int next = at + StringInfo.GetNextTextElementLength(all.AsSpan(at));
            if (next >= Cursor)
            {
                return at;
            }
            at = next;
        }
    }

    private int WordStart()
    {
        int at = Cursor;
        while (at > 0 && !IsWord(at - 1))
        {
            at--;
        }
        while (at > 0 && IsWord(at - 1))
        {
            at--;
        }
        return at;
    }

    private bool IsWord(int index) => !char.IsWhiteSpace(text[index]);
}
