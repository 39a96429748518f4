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

    /// <summary>The finished answer among a channel's newest messages that replies to a question; the caller holds the world's lock.</summary>
    public static SimMessage? To(SimMessage question)
    {
        IReadOnlyList<SimMessage> all = question.Channel.Messages;
        for (int i = all.Count - 1; i >= 0 && all[i].Id > question.Id; i--)
        {
            if (all[i].ReplyTo == question.Id && all[i].Author.IsBot && IsFinished(all[i]))
            {
                return all[i];
            }
        }
        return null;
    }

    /// <summary>Whether an answer can be voted on, chosen from, or failed.</summary>
    public static bool IsFinished(SimMessage message) => Button(message, Up) is not null || Button(message, "A is better") is not null || Button(message, "Try again") is not null;

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
