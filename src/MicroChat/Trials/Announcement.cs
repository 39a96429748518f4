using System.Globalization;
using MicroChat.Chat.Registry;

namespace MicroChat.Trials;

/// <summary>What people on a server are told when another generation replies to them.</summary>
internal static class Announcement
{
    private const int LongestPart = 600;

    /// <summary>The text; null: there is nothing to tell of this decision.</summary>
    /// <param name="decision">From the log.</param>
    /// <param name="live">The generation that is live after it.</param>
    public static string? Of(Decision decision, GenerationCard live) => decision.Kind switch
    {
        DecisionKind.Promoted => $"""
            **Generation {live.Generation} answers from now on.** {LearnedFrom(live)}
            {Trial(decision)}Thank you for your votes: 👍 and 👎 under the answers are what the next one learns from, and `/why` tells which generation gave an answer.
            """,
        DecisionKind.RolledBack => $"**Generation {live.Generation} answers again.** {Short(decision.Why.Words)}",
        _ => null,
    };

    private static string LearnedFrom(GenerationCard live) =>
        live.LearnedFrom.Length > 0 ? $"It learned from {Short(live.LearnedFrom).TrimEnd('.')}." : "It came with the program.";

    private static string Trial(Decision decision)
    {
        IReadOnlyDictionary<string, double> figures = decision.Why.Figures;
        return figures.TryGetValue("difference_low", out double low) && figures.TryGetValue("difference_high", out double high)
            ? $"People liked its answers {Points(low)} to {Points(high)} points more often than those of the generation before, in a trial with {figures.GetValueOrDefault("canary_votes"):0} votes.\n"
            : figures.TryGetValue("duels_won", out double won)
                ? $"In a trial people preferred its answer {won:0} times and the other one {figures.GetValueOrDefault("duels_lost"):0} times.\n"
                : "";
    }

    private static string Points(double share) => (100 * share).ToString("0", CultureInfo.InvariantCulture);

    private static string Short(string text) => text.Length <= LongestPart ? text : text[..(LongestPart - 1)] + "…";
}
