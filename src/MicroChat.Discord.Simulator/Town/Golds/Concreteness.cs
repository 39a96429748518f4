using System.Text.RegularExpressions;

namespace MicroChat.Discord.Simulator.Town.Golds;

/// <summary>People like something to hold on to: an example, a list, cases named; in sentences that end.</summary>
public sealed partial class Concreteness : IGoldPreference
{
    /// <summary>Share of different words from which a reply counts as free of circles.</summary>
    private const double Varied = 0.6;

    /// <summary>Words from which a reply is more than a nod, and after which it is read with less and less patience.</summary>
    private const double Substance = 10, Patience = 40;

    /// <inheritdoc/>
    public string Name => "concreteness";

    /// <inheritdoc/>
    public string Words => "names cases (an example, a list, several things in a row) in about forty words at most, and comes to an end without circles";

    /// <inheritdoc/>
    public double Value(string prompt, string reply)
    {
        bool marks = Example().IsMatch(reply), rows = Row().IsMatch(reply) || Items().IsMatch(reply);
        int words = ReplyWords.Of(reply).Length;
        double score = (marks || rows ? 0.7 : 0) + (marks && rows ? 0.1 : 0) + (ReplyWords.Ends(reply) ? 0.2 : 0) + (0.1 * Math.Min(1, words / Substance));
        double patience = words <= Patience ? 1 : Math.Max(0.5, 1 - ((words - Patience) / (1.5 * Patience)));
        return Math.Min(1, score) * patience * Math.Min(1, ReplyWords.Variety(reply) / Varied);
    }

    [GeneratedRegex(@"\b(for example|for instance|such as|including|e\.g\.|like (a|an|the)\b)", RegexOptions.IgnoreCase)]
    private static partial Regex Example();

    [GeneratedRegex(@"\b[\p{L}'-]+, ([\p{L}'-]+ ){0,2}[\p{L}'-]+,? (and|or) [\p{L}'-]+")]
    private static partial Regex Row();

    [GeneratedRegex(@"^\s*(\d+[.)]|[-*•])\s", RegexOptions.Multiline)]
    private static partial Regex Items();
}
