using System.Text.Json;
using MicroChat.Model.Templates;

namespace MicroChat.Training.Data;

/// <summary>One function per layout: a JSON row in, what it teaches out.</summary>
internal static class RowParsers
{
    private const string Human = "\n\nHuman:", Bot = "\n\nAssistant:";

    public static Conversation Messages(RowSource rows, JsonElement row)
    {
        (string source, string license) = rows.Origin(row, null, null);
        return new Conversation(source, license, TurnFields.Conversation(TurnFields.Parse(row, "messages", "role", "content"), "messages"));
    }

    public static Conversation ShareGpt(RowSource rows, JsonElement row)
    {
        (string source, string license) = rows.Origin(row, null, null);
        return new Conversation(source, license, TurnFields.Conversation(TurnFields.Parse(row, "conversations", "from", "value"), "conversations"));
    }

    /// <summary>The context, where there is one, follows the instruction after an empty line.</summary>
    public static Conversation Dolly(RowSource rows, JsonElement row)
    {
        (string source, string license) = rows.Origin(row, "databricks-dolly-15k", "CC BY-SA 3.0");
        string instruction = RowFields.FilledText(row, "instruction", "instruction").Trim();
        string context = (RowFields.OptionalText(row, "context") ?? "").Trim();
        string response = RowFields.FilledText(row, "response", "response").Trim();
        string question = context.Length == 0 ? instruction : $"{instruction}\n\n{context}";
        return new Conversation(source, license, [new ChatTurn(TurnFields.User, question), new ChatTurn(TurnFields.Assistant, response)]);
    }

    public static PreferencePair Preference(RowSource rows, JsonElement row)
    {
        (string source, string license) = rows.Origin(row, null, null);
        if (row.TryGetProperty("prompt", out _))
        {
            return Differing(new PreferencePair(source, license, TurnFields.PromptTextOrTurns(row, "prompt"),
                TurnFields.ReplyTextOrTurn(row, "chosen"), TurnFields.ReplyTextOrTurn(row, "rejected")));
        }
        return SharedPrompt(source, license, TurnFields.Parse(row, "chosen", "role", "content"), TurnFields.Parse(row, "rejected", "role", "content"));
    }

    public static PreferencePair HelpfulHarmless(RowSource rows, JsonElement row)
    {
        (string source, string license) = rows.Origin(row, "Anthropic HH-RLHF", "MIT");
        return SharedPrompt(source, license, Transcript(row, "chosen"), Transcript(row, "rejected"));
    }

    public static ChatPrompt Prompt(RowSource rows, JsonElement row)
    {
        (string source, string license) = rows.Origin(row, null, null);
        return new ChatPrompt(source, license, TurnFields.PromptTextOrTurns(row, "prompt"));
    }

    public static TextDocument Text(RowSource rows, JsonElement row)
    {
        (string source, string license) = rows.Origin(row, null, null);
        return new TextDocument(source, license, RowFields.FilledText(row, "text", "text").ReplaceLineEndings("\n"), 0, true);
    }

    /// <summary>Whether a text is a transcript in Anthropic's layout.</summary>
    public static bool IsTranscript(string text) => text.TrimStart().StartsWith(Human.TrimStart(), StringComparison.Ordinal);

    private static PreferencePair SharedPrompt(string source, string license, List<ChatTurn> chosen, List<ChatTurn> rejected)
    {
        TurnFields.Prompt(chosen[..^Math.Min(1, chosen.Count)], "chosen");
        int last = chosen.Count - 1;
        if (rejected.Count != chosen.Count || !chosen[..last].SequenceEqual(rejected[..last]))
        {
            throw new RowException("rejected", "its turns before the last one differ from those of \"chosen\"", "the same prompt in both", "Remove the row.");
        }
        foreach ((ChatTurn turn, string field) in new[] { (chosen[last], "chosen"), (rejected[last], "rejected") })
        {
            if (turn.Role != TurnFields.Assistant)
            {
                throw new RowException(field, $"the last turn is the {turn.Role}'s", "the assistant's", "Remove the row.");
            }
        }
        return Differing(new PreferencePair(source, license, chosen[..last], chosen[last].Content, rejected[last].Content));
    }

    private static PreferencePair Differing(PreferencePair pair) => pair.Chosen != pair.Rejected ? pair
        : throw new RowException("rejected", "equal to \"chosen\"", "two different replies", "Remove the row.");

    private static List<ChatTurn> Transcript(JsonElement row, string field)
    {
        string text = "\n\n" + RowFields.FilledText(row, field, field).TrimStart().ReplaceLineEndings("\n");
        var turns = new List<ChatTurn>();
        for (int at = 0; at < text.Length;)
        {
            string? marker = Marker(text, at) ?? throw new RowException(field, $"begins with {DatasetException.Show(text[2..])}", "\"Human:\"", "Repair the transcript.");
            int start = at + marker.Length;
            at = Next(text, start);
            string path = $"{field} (turn {turns.Count + 1})";
            turns.Add(new ChatTurn(marker == Human ? TurnFields.User : TurnFields.Assistant, RowFields.Filled(text[start..at].Trim(), path)));
        }
        return turns;
    }

    private static string? Marker(string text, int at) =>
        string.CompareOrdinal(text, at, Human, 0, Human.Length) == 0 ? Human
        : string.CompareOrdinal(text, at, Bot, 0, Bot.Length) == 0 ? Bot : null;

    private static int Next(string text, int start)
    {
        int human = text.IndexOf(Human, start, StringComparison.Ordinal), bot = text.IndexOf(Bot, start, StringComparison.Ordinal);
        return Math.Min(human < 0 ? text.Length : human, bot < 0 ? text.Length : bot);
    }
}
