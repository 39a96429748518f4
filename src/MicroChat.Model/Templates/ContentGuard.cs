using System.Text;

namespace MicroChat.Model.Templates;

/// <summary>
/// Breaks the spelling of control tokens in a person's text by a mark that no text keeps otherwise, so that a rendered
/// conversation can be searched for the template's own control tokens.
/// </summary>
internal static class ContentGuard
{
    /// <summary>A noncharacter of Unicode: never part of a valid text, and no blank, so that trimming leaves it alone.</summary>
    public const char Mark = '\ufdd0';

    private static readonly string MarkText = Mark.ToString();

    /// <summary>The text without marks.</summary>
    public static string Clean(string text) => text.Contains(Mark) ? text.Replace(MarkText, "", StringComparison.Ordinal) : text;

    /// <summary>Marks every spelling of a control token behind its first character; other text stays, so that a template still recognises it.</summary>
    public static string MarkTokens(string text, IReadOnlyList<string> tokens)
    {
        string clean = Clean(text);
        var breaks = new SortedSet<int>();
        foreach (string token in tokens)
            for (int at = clean.IndexOf(token, StringComparison.Ordinal); at >= 0; at = clean.IndexOf(token, at + 1, StringComparison.Ordinal))
                breaks.Add(token.Length > 1 ? at + 1 : at);
        if (breaks.Count == 0) return clean;
        var marked = new StringBuilder(clean.Length + breaks.Count);
        int done = 0;
        foreach (int at in breaks)
        {
            marked.Append(clean, done, at - done).Append(Mark);
            done = at;
        }
        return marked.Append(clean, done, clean.Length - done).ToString();
    }

    /// <summary>Marks around every character that is no blank: nothing in this text can be a part of a control token.</summary>
    public static string MarkAll(string text)
    {
        string clean = Clean(text);
        var marked = new StringBuilder(clean.Length * 2 + 1);
        for (int at = 0, units; at < clean.Length; at += units)
        {
            units = PythonText.UnitsAt(clean, at);
            bool isBlank = PythonText.IsSpace(clean[at]);
            if (!isBlank && (marked.Length == 0 || marked[^1] != Mark)) marked.Append(Mark);
            marked.Append(clean, at, units);
            if (!isBlank) marked.Append(Mark);
        }
        return marked.ToString();
    }
}
