using System.Text.Json.Nodes;
using MicroChat.Discord.Simulator.World;

namespace MicroChat.Discord.Simulator.Town;

/// <summary>Reads the bot's messages as a member sees them: text, small print, buttons.</summary>
internal static class BotAnswers
{
    private const string SmallPrint = "-# ", AnswerHead = "**Answer ", Quote = "> ";

    public const string Up = "👍", Down = "👎";

    /// <summary>The <c>custom_id</c> of the button with this emoji or label; null: there is none.</summary>
    public static string? Button(SimMessage message, string face) => ComponentTree.Interactive(message.Components)
        .FirstOrDefault(c => (string?)c["label"] == face || (string?)(c["emoji"] as JsonObject)?["name"] == face) is { } button && (bool?)button["disabled"] != true
        ? (string?)button["custom_id"] : null;

    /// <summary>The bot's messages after a question in a channel where nobody else asks, once the last of them is finished; empty: it is not. The caller holds the world's lock.</summary>
    public static IReadOnlyList<SimMessage> After(SimMessage question)
    {
        IReadOnlyList<SimMessage> all = question.Channel.Messages;
        int from = all.Count;
        while (from > 0 && all[from - 1].Id > question.Id)
        {
            from--;
        }
        SimMessage[] answers = [.. all.Skip(from).Where(message => message.Author.IsBot)];
        return answers.Any(IsFinished) ? answers : [];
    }

    /// <summary>Whether nothing more will come: it can be voted on, chosen from, tried again, or it is a plain word such as a refusal.</summary>
    public static bool IsFinished(SimMessage message) => Button(message, Up) is not null || Button(message, "A is better") is not null || Button(message, "Try again") is not null
        || (message is { Components.Count: 0, Content.Length: > 0 } && !message.Content.Contains(AnswerHead, StringComparison.Ordinal));

    /// <summary>A message's text without small print.</summary>
    public static string Reply(string content) => string.Join('\n', content.Split('\n').Where(line => !line.StartsWith(SmallPrint, StringComparison.Ordinal))).Trim();

    /// <summary>Prompt and answers of an arena round; null: it is none.</summary>
    public static (string Prompt, string First, string Second)? Pair(IEnumerable<SimMessage> messages)
    {
        string[] lines = string.Join('\n', messages.Select(message => Reply(message.Content))).Split('\n');
        int first = Array.FindIndex(lines, line => line.StartsWith(AnswerHead + 'A', StringComparison.Ordinal));
        int second = Array.FindIndex(lines, line => line.StartsWith(AnswerHead + 'B', StringComparison.Ordinal));
        return first < 0 || second < first ? null
            : (string.Join('\n', lines[..first]).TrimStart(Quote.ToCharArray()).Trim(), Joined(lines[(first + 1)..second]), Joined(lines[(second + 1)..]));
    }

    private static string Joined(string[] lines) => string.Join('\n', lines).Trim();
}
