namespace MicroChat;

/// <summary>"Did you mean …?" for a mistyped word.</summary>
internal static class Suggestion
{
    private const int LongestWord = 64;

    /// <summary>The sentence with the nearest known word, or nothing when none is near.</summary>
    /// <returns>" Did you mean \"ask\"?" with its leading space, or the empty string.</returns>
    public static string For(string word, IEnumerable<string> known)
    {
        string? nearest = Nearest(word, known);
        return nearest is null ? "" : $" Did you mean \"{nearest}\"?";
    }

    /// <summary>The known word that the fewest edits (or completing it) lead to, null when more than a third would change.</summary>
    public static string? Nearest(string word, IEnumerable<string> known)
    {
        if (word.Length is 0 or > LongestWord)
        {
            return null;
        }
        string? best = null;
        int bestDistance = int.MaxValue;
        foreach (string candidate in known)
        {
            bool completes = word.Length >= 2 && candidate.StartsWith(word, StringComparison.OrdinalIgnoreCase);
            int distance = completes ? 1 : Distance(word, candidate);
            int allowed = completes ? 1 : Math.Max(1, Math.Max(word.Length, candidate.Length) / 3);
            if (distance <= allowed && distance < bestDistance)
            {
                (best, bestDistance) = (candidate, distance);
            }
        }
        return best;
    }

    /// <summary>Edits (insert, delete, replace, swap of neighbours) between two words, ignoring case; optimal string alignment.</summary>
    internal static int Distance(string a, string b)
    {
        var d = new int[a.Length + 1, b.Length + 1];
        for (int i = 0; i <= a.Length; i++)
        {
            for (int j = 0; j <= b.Length; j++)
            {
                d[i, j] = i == 0 || j == 0 ? i + j : Math.Min(
                    Math.Min(d[i - 1, j], d[i, j - 1]) + 1,
                    d[i - 1, j - 1] + (Same(a[i - 1], b[j - 1]) ? 0 : 1));
                if (i > 1 && j > 1 && Same(a[i - 1], b[j - 2]) && Same(a[i - 2], b[j - 1]))
                {
                    d[i, j] = Math.Min(d[i, j], d[i - 2, j - 2] + 1);
                }
            }
        }
        return d[a.Length, b.Length];
    }

    private static bool Same(char x, char y) => char.ToUpperInvariant(x) == char.ToUpperInvariant(y);
}
