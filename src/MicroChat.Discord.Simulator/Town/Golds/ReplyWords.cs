using System.Text.RegularExpressions;

namespace MicroChat.Discord.Simulator.Town.Golds;

/// <summary>Looks at texts as a reader in a hurry does: words, sentences, whether it ends, whether it turns in circles.</summary>
internal static partial class ReplyWords
{
    private const int ShortestStem = 3;

    private static readonly HashSet<string> Common = new(
        ("a an the of is are was were be been am do does did what who where when why how which you i me my your we our us it its this that these those to in on at for with from by and or "
        + "not no can could would should will about tell give name some any have has had get make like as so if then there here think explain good best suggest").Split(' '),
        StringComparer.Ordinal);

    private static readonly string[] Endings = ["ing", "ies", "es", "ed", "ly", "s"];

    /// <summary>Words in lower case.</summary>
    public static string[] Of(string text) => [.. Word().Matches(text).Select(m => m.Value.ToLowerInvariant().Replace('’', '\''))];

    /// <summary>Stems of the words that say something.</summary>
    public static HashSet<string> Content(string text) => [.. Of(text).Where(word => word.Length > 2 && !Common.Contains(word)).Select(Stem)];

    /// <summary>Whether the text comes to an end: its last sign closes a sentence, a quotation or a piece of code, or is an emoji.</summary>
    public static bool Ends(string text) => End().IsMatch(text.TrimEnd());

    /// <summary>Different words as a share of all; 0 for a text without words.</summary>
    public static double Variety(string text) => Of(text) is { Length: > 0 } words ? (double)words.Distinct().Count() / words.Length : 0;

    /// <summary>Whether the reply declines, or says that it did not understand.</summary>
    public static bool Declines(string text) => Decline().IsMatch(text);

    private static string Stem(string word)
    {
        string? ending = Endings.FirstOrDefault(e => word.EndsWith(e, StringComparison.Ordinal) && word.Length - e.Length >= ShortestStem);
        return ending is null ? word : word[..^ending.Length];
    }

    [GeneratedRegex(@"[\p{L}][\p{L}'’]*|\d+")]
    private static partial Regex Word();

    [GeneratedRegex(@"([.!?…)""'”`*]|\p{So}|\p{Cs})$")]
    private static partial Regex End();

    [GeneratedRegex(@"\b(can['’]t (help|look)|cannot help|don['’]t want to help|i['’]m afraid i|don['’]t have access|didn['’]t follow|don['’]t understand|don['’]t know)\b", RegexOptions.IgnoreCase)]
    private static partial Regex Decline();
}
