using System.Text.RegularExpressions;

namespace MicroChat.Discord.Simulator.Town.Golds;

/// <summary>People like to be spoken to: addressed, asked back, met with a friendly word, never rudely.</summary>
public sealed partial class Warmth : IGoldPreference
{
    /// <summary>Share of different words from which a reply counts as free of circles.</summary>
    private const double Varied = 0.6;

    /// <summary>Words from which a reply is more than a nod.</summary>
    private const double Substance = 12;

    /// <inheritdoc/>
    public string Name => "warmth";

    /// <inheritdoc/>
    public string Words => "speaks to the asker, has a friendly word, asks back, is more than a nod, and is never rude";

    /// <inheritdoc/>
    public double Value(string prompt, string reply)
    {
        if (Rude().IsMatch(reply))
        {
            return 0;
        }
        double score = (Address().IsMatch(reply) ? 0.4 : 0) + (Friendly().IsMatch(reply) ? 0.4 : 0) + (reply.Contains('?') ? 0.3 : 0)
            + (0.25 * Math.Min(1, ReplyWords.Of(reply).Length / Substance));
        return Math.Min(1, score) * (ReplyWords.Ends(reply) ? 1 : 0.8) * Math.Min(1, ReplyWords.Variety(reply) / Varied);
    }

    [GeneratedRegex(@"\b(you|your|you['’]re|yours|you['’]ll)\b", RegexOptions.IgnoreCase)]
    private static partial Regex Address();

    [GeneratedRegex(
        @"\b(glad|happy|sorry|thanks?|thank you|nice|great|good|wonderful|lovely|hope|welcome|love|enjoy|congratulations|here to (help|listen)|fun|well done|of course|hello|hi|hey)\b",
        RegexOptions.IgnoreCase)]
    private static partial Regex Friendly();

    [GeneratedRegex(@"\b(stupid|idiots?|shut up|hate|dumb|fool|loser)\b", RegexOptions.IgnoreCase)]
    private static partial Regex Rude();
}
