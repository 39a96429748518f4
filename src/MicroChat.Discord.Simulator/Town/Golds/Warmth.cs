using System.Text.RegularExpressions;

namespace MicroChat.Discord.Simulator.Town.Golds;

/// <summary>People like to be spoken to: addressed, asked back, met with a friendly word, never rudely.</summary>
public sealed partial class Warmth : IGoldPreference
{
    /// <inheritdoc/>
    public string Name => "warmth";

    /// <inheritdoc/>
    public string Words => "speaks to the asker, has a friendly word, asks back, and is never rude";

    /// <inheritdoc/>
    public double Value(string prompt, string reply)
    {
        if (Rude().IsMatch(reply))
        {
            return 0;
        }
        double score = (Address().IsMatch(reply) ? 0.4 : 0) + (Friendly().IsMatch(reply) ? 0.4 : 0) + (reply.Contains('?') ? 0.3 : 0);
        double whole = Math.Min(1, score) * (ReplyWords.Ends(reply) ? 1 : 0.6);
        return whole * Math.Min(1, ReplyWords.Variety(reply) / 0.6);
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
