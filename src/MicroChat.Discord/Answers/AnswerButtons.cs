using MicroChat.Discord.Port;
using MicroChat.Feedback;

namespace MicroChat.Discord.Answers;

/// <summary>The buttons under answers. Those to rate look neutral: nobody sees how others voted.</summary>
internal static class AnswerButtons
{
    public static readonly (RatingReason Reason, string Label)[] Reasons =
    [
        (RatingReason.Wrong, "Wrong"), (RatingReason.Unclear, "Unclear"), (RatingReason.TooLong, "Too long"),
        (RatingReason.Rude, "Rude"), (RatingReason.Unsafe, "Unsafe"), (RatingReason.Other, "Something else"),
    ];

    /// <summary>While it is being written.</summary>
    public static IReadOnlyList<ComponentRow> Running(Snowflake turn) => [Row(Button(CustomId.Of(CustomId.Stop, turn, ""), "Stop", "⏹️"))];

    /// <summary>Under a finished answer.</summary>
    public static IReadOnlyList<ComponentRow> Finished(Guid exchange, Snowflake turn) =>
        [Row(Rate(exchange, up: true), Rate(exchange, up: false), Button(CustomId.Of(CustomId.Retry, turn, ""), null, "🔁"))];

    /// <summary>Under an answer that replaced an earlier one.</summary>
    public static IReadOnlyList<ComponentRow> Retried(Guid exchange, Snowflake turn, ComparisonRecord comparison)
    {
        int now = comparison.Shown[0] == exchange ? 0 : 1;
        return
        [
            .. Finished(exchange, turn),
            Row(Choice(comparison, $"{now}", "Better than before"), Choice(comparison, $"{1 - now}", "Worse"), Choice(comparison, "tie", "The same")),
        ];
    }

    /// <summary>Under two answers, A and B in the order of the comparison.</summary>
    public static IReadOnlyList<ComponentRow> Pair(ComparisonRecord comparison) =>
        [Row(Choice(comparison, "0", "A is better"), Choice(comparison, "1", "B is better"), Choice(comparison, "tie", "Tie"), Choice(comparison, "bad", "Both bad"))];

    /// <summary>Under an answer that failed.</summary>
    public static IReadOnlyList<ComponentRow> Failed(Snowflake turn) => [Row(Button(CustomId.Of(CustomId.Retry, turn, ""), "Try again", "🔁"))];

    /// <summary>In the private acknowledgement of a 👎.</summary>
    public static IReadOnlyList<ComponentRow> WhyDown(Guid exchange)
    {
        DiscordButton[] all = [.. Reasons.Select(reason => Button(CustomId.Of(CustomId.Reason, exchange, reason.Reason.ToString()), reason.Label, null))];
        return [Row(all[..3]), Row(all[3..])];
    }

    public static ComponentRow Row(params DiscordComponent[] items) => new(items);

    public static DiscordButton Button(string id, string? label, string? emoji) =>
        new(id, label, emoji is null ? null : DiscordEmoji.Of(emoji), ButtonStyle.Secondary, Disabled: false);

    private static DiscordButton Rate(Guid exchange, bool up) => Button(CustomId.Of(up ? CustomId.Up : CustomId.Down, exchange, ""), null, up ? "👍" : "👎");

    private static DiscordButton Choice(ComparisonRecord comparison, string choice, string label) => Button(CustomId.Of(CustomId.Compare, comparison.Id, choice), label, null);
}
