namespace MicroChat.Discord.Simulator.Town.Golds;

/// <summary>People like replies about what they asked, in sentences that end and do not turn in circles.</summary>
public sealed class OnTopic : IGoldPreference
{
    /// <summary>Share of different words from which a reply counts as free of circles.</summary>
    private const double Varied = 0.7;

    /// <summary>Words from which a reply is more than a nod, and after which it is read with less and less patience: neither short nor long replies win by length.</summary>
    private const double Substance = 15, Patience = 40;

    /// <inheritdoc/>
    public string Name => "on-topic";

    /// <inheritdoc/>
    public string Words => "takes up what was asked in about forty words at most, does not put the asker off, is more than a nod, does not turn in circles, and comes to an end";

    /// <inheritdoc/>
    public double Value(string prompt, string reply)
    {
        HashSet<string> asked = ReplyWords.Content(prompt);
        bool takesUp = asked.Count == 0 || asked.Overlaps(ReplyWords.Content(reply));
        int words = ReplyWords.Of(reply).Length;
        double score = (takesUp ? 0.4 : 0) + (ReplyWords.Ends(reply) ? 0.2 : 0) + (0.2 * Math.Min(1, ReplyWords.Variety(reply) / Varied)) + (0.2 * Math.Min(1, words / Substance));
        score *= words <= Patience ? 1 : Math.Max(0.5, 1 - ((words - Patience) / (1.5 * Patience)));
        return ReplyWords.Declines(reply) ? Math.Min(score, 0.3) : score;
    }
}
