using System.Text;

namespace MicroChat.Discord.Simulator.Scripting;

/// <summary>Takes a line apart into words; double quotes hold several together.</summary>
internal static class ScriptWords
{
    public static IReadOnlyList<string> Of(string line)
    {
        var words = new List<string>();
        var word = new StringBuilder();
        bool quoted = false, any = false;
        foreach (char c in line)
        {
            if (c == '"')
            {
                (quoted, any) = (!quoted, true);
            }
            else if (char.IsWhiteSpace(c) && !quoted)
            {
                if (any)
                {
                    words.Add(word.ToString());
                }
                word.Clear();
                any = false;
            }
            else
            {
                word.Append(c);
                any = true;
            }
        }
        if (any)
        {
            words.Add(word.ToString());
        }
        return words;
    }

    /// <summary>Pairs such as <c>name=value</c>.</summary>
    /// <exception cref="ScriptException">A word is no pair.</exception>
    public static Dictionary<string, string> Pairs(IEnumerable<string> words)
    {
        var pairs = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (string word in words)
        {
            int at = word.IndexOf('=', StringComparison.Ordinal);
            if (at <= 0)
            {
                throw new ScriptException($"\"{word}\" must be name=value; quote values with spaces: name=\"two words\".");
            }
            pairs[word[..at]] = word[(at + 1)..];
        }
        return pairs;
    }
}
