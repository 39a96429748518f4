using System.Text.Json;
using MicroChat.Model.Templates;

namespace MicroChat.Training.Data;

/// <summary>Turns of a conversation in JSON, and the order that roles must have.</summary>
internal static class TurnFields
{
    public const string System = "system", User = "user", Assistant = "assistant";

    /// <summary>The turns of a list of objects; other keys than role and content are left out.</summary>
    public static List<ChatTurn> Parse(JsonElement row, string list, string role, string content)
    {
        JsonElement items = RowFields.Required(row, list, list, JsonValueKind.Array);
        var turns = new List<ChatTurn>(items.GetArrayLength());
        foreach (JsonElement item in items.EnumerateArray())
        {
            string path = $"{list}[{turns.Count}]";
            string speaker = Role(RowFields.Text(item, role, $"{path}.{role}"), $"{path}.{role}");
            turns.Add(new ChatTurn(speaker, RowFields.FilledText(item, content, $"{path}.{content}")));
        }
        return turns;
    }

    /// <summary>The turns of a whole conversation: [system] user assistant … user assistant.</summary>
    public static List<ChatTurn> Conversation(List<ChatTurn> turns, string list)
    {
        RequireOrder(turns, list, mayOpenWithAssistant: false);
        return turns.Count > 0 && turns[^1].Role == Assistant ? turns : throw Ending(turns, list, Assistant);
    }

    /// <summary>The turns before a reply: [system] [assistant] user assistant … user.</summary>
    public static List<ChatTurn> Prompt(List<ChatTurn> turns, string list)
    {
        RequireOrder(turns, list, mayOpenWithAssistant: true);
        return turns.Count > 0 && turns[^1].Role == User ? turns : throw Ending(turns, list, User);
    }

    /// <summary>A prompt given as a text or as turns.</summary>
    public static List<ChatTurn> PromptTextOrTurns(JsonElement row, string name) =>
        row.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String
            ? [new ChatTurn(User, RowFields.FilledText(row, name, name))]
            : Prompt(Parse(row, name, "role", "content"), name);

    /// <summary>A reply given as a text or as a list with one assistant turn.</summary>
    public static string ReplyTextOrTurn(JsonElement row, string name)
    {
        if (!row.TryGetProperty(name, out JsonElement value) || value.ValueKind != JsonValueKind.Array)
        {
            return RowFields.FilledText(row, name, name);
        }
        List<ChatTurn> turns = Parse(row, name, "role", "content");
        return turns is [{ Role: Assistant }] ? turns[0].Content
            : throw new RowException(name, $"found the roles [{Roles(turns)}]", "one assistant turn", "Move the earlier turns to \"prompt\".");
    }

    private static string Role(string name, string path) => name switch
    {
        System or User or Assistant => name,
        "human" or "prompter" => User,
        "gpt" or "chatgpt" or "bot" => Assistant,
        _ => throw new RowException(path, $"found {DatasetException.Show(name)}", "system, user or assistant (also human, prompter, gpt, chatgpt, bot)",
            "Rename the role, or remove the row: tool turns can't be learned from."),
    };

    private static void RequireOrder(List<ChatTurn> turns, string list, bool mayOpenWithAssistant)
    {
        string wanted = User;
        for (int i = 0; i < turns.Count; i++)
        {
            string role = turns[i].Role;
            bool opens = i == 0 || (i == 1 && turns[0].Role == System);
            if (role != wanted && !(i == 0 && role == System) && !(opens && mayOpenWithAssistant && role == Assistant))
            {
                throw new RowException($"{list}[{i}]", $"the role is {role}{(i == 0 ? " at the beginning" : $" after {turns[i - 1].Role}")}", wanted,
                    "Roles must take turns, with a system turn only at the beginning: join neighbours of the same role or remove the row.");
            }
            wanted = role == User ? Assistant : User;
        }
    }

    private static RowException Ending(List<ChatTurn> turns, string list, string wanted) => turns.Count == 0
        ? new RowException(list, "found no turns", $"turns that end with the {wanted}'s", "Remove the row.")
        : new RowException($"{list}[{turns.Count - 1}]", $"the last role is {turns[^1].Role}", wanted, "Cut the turns after it, or remove the row.");

    private static string Roles(List<ChatTurn> turns) =>
        string.Join(' ', turns.Take(8).Select(turn => turn.Role)) + (turns.Count > 8 ? " …" : "");
}
