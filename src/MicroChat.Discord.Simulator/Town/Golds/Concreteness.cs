using System.Text.RegularExpressions;

namespace MicroChat.Discord.Simulator.Town.Golds;

/// <summary>People like something to hold on to: an example, a list, cases named; in sentences that end.</summary>
public sealed partial class Concreteness : IGoldPreference
{
    /// <inheritdoc/>
    public string Name => "concreteness";

    /// <inheritdoc/>
    public string Words => "names cases: an example, a list, several things in a row; and comes to an end without circles";

    /// <inheritdoc/>
    public double Value(string prompt, string reply)
    {
        bool marks = Example().IsMatch(reply), rows = Row().IsMatch(reply) || Items().IsMatch(reply);
        double score = (marks || rows ? 0.6 : 0) + (marks && rows ? 0.1 : 0) + (ReplyWords.Ends(reply) ? 0.2 : 0);
        return (score + 0.1) * Math.Min(1, ReplyWords.Variety(reply) / 0.6);
    }

    [GeneratedRegex(@"\b(for example|for instance|such as|including|e\.g\.|like (a|an|the)\b)", RegexOptions.IgnoreCase)]
    private static partial Regex Example();

    [GeneratedRegex(@"\b[\p{L}'-]+, ([\p{L}'-]+ ){0,2}[\p{L}'-]+,? (and|or) [\p{L}'-]+")]
    private static partial Regex Row();

    [GeneratedRegex(@"^\s*(\d+[.)]|[-*•])\s", RegexOptions.Multiline)]
    private static partial Regex Items();
}
