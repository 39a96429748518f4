using MicroChat.Model.Templates;

namespace MicroChat.Training.Data;

/// <summary>One conversation to learn from: an optional system turn, then user and assistant by turns, ending with the assistant.</summary>
/// <param name="Source">Where the row comes from, for reports and attribution.</param>
/// <param name="License">Under which licence; "unknown" when nobody said.</param>
/// <param name="Turns">At least a user and an assistant turn.</param>
public sealed record Conversation(string Source, string License, IReadOnlyList<ChatTurn> Turns);

/// <summary>Two replies to the same prompt, the first preferred.</summary>
/// <param name="Source">Where the row comes from.</param>
/// <param name="License">Under which licence; "unknown" when nobody said.</param>
/// <param name="Prompt">The turns before the reply; the last one is the user's. May open with the assistant.</param>
/// <param name="Chosen">The preferred reply.</param>
/// <param name="Rejected">The other reply.</param>
public sealed record PreferencePair(string Source, string License, IReadOnlyList<ChatTurn> Prompt, string Chosen, string Rejected)
{
    /// <summary>How much better the chosen reply is at least, where the data say so; 0: not said.</summary>
    public double Margin { get; init; }

    /// <summary>Probability that the chosen reply is the better one; below 1 for contradictory votes.</summary>
    public double Probability { get; init; } = 1;

    /// <summary>Who judged, as a pseudonym; null: not said.</summary>
    public string? Rater { get; init; }

    /// <summary>How much the judgement counts. No unit.</summary>
    public double Weight { get; init; } = 1;
}

/// <summary>Two or more replies to the same prompt, ordered by people.</summary>
/// <param name="Source">Where the row comes from.</param>
/// <param name="License">Under which licence; "unknown" when nobody said.</param>
/// <param name="Prompt">The turns before the reply; the last one is the user's.</param>
/// <param name="Replies">Best first; equal ranks mean a tie.</param>
public sealed record PreferenceRanking(string Source, string License, IReadOnlyList<ChatTurn> Prompt, IReadOnlyList<RankedReply> Replies)
{
    /// <summary>Who ranked, as a pseudonym; null: not said.</summary>
    public string? Rater { get; init; }

    /// <summary>How much the ranking counts. No unit.</summary>
    public double Weight { get; init; } = 1;

    /// <summary>Every pair of replies with different ranks, the better one chosen.</summary>
    public IEnumerable<PreferencePair> Pairs()
    {
        for (int better = 0; better < Replies.Count; better++)
        {
            for (int worse = better + 1; worse < Replies.Count; worse++)
            {
                if (Replies[better].Rank < Replies[worse].Rank)
                {
                    yield return new PreferencePair(Source, License, Prompt, Replies[better].Text, Replies[worse].Text) { Rater = Rater, Weight = Weight };
                }
            }
        }
    }
}

/// <summary>A reply and its place among its siblings.</summary>
/// <param name="Text">The reply.</param>
/// <param name="Rank">0 is the best.</param>
public sealed record RankedReply(string Text, int Rank);

/// <summary>A reply that one person, or several, gave a thumb.</summary>
/// <param name="Source">Where the row comes from.</param>
/// <param name="License">Under which licence; "unknown" when nobody said.</param>
/// <param name="Prompt">The turns before the reply; the last one is the user's.</param>
/// <param name="Reply">The reply.</param>
/// <param name="Up">1: thumb up, 0: thumb down; between: the share of thumbs up.</param>
public sealed record RatedReply(string Source, string License, IReadOnlyList<ChatTurn> Prompt, string Reply, double Up)
{
    /// <summary>Who rated, as a pseudonym; null: not said, and then everybody is the same person.</summary>
    public string? Rater { get; init; }

    /// <summary>Its weight. No unit.</summary>
    public double Weight { get; init; } = 1;
}

/// <summary>A prompt without an answer, for roll-outs and evaluation.</summary>
/// <param name="Source">Where the row comes from.</param>
/// <param name="License">Under which licence; "unknown" when nobody said.</param>
/// <param name="Turns">The last one is the user's.</param>
public sealed record ChatPrompt(string Source, string License, IReadOnlyList<ChatTurn> Turns);

/// <summary>A document of plain text, or one piece of a document that is longer than the reader's limit.</summary>
/// <param name="Source">Where the text comes from.</param>
/// <param name="License">Under which licence; "unknown" when nobody said.</param>
/// <param name="Text">The text, lines ended by a line feed; never empty.</param>
/// <param name="Piece">0 for the beginning of a document, then 1, 2 …</param>
/// <param name="IsLast">Whether the document ends here.</param>
public sealed record TextDocument(string Source, string License, string Text, int Piece, bool IsLast);
