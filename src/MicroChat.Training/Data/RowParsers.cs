using System.Text.Json;
using MicroChat.Model.Templates;

namespace MicroChat.Training.Data;

/// <summary>One function per layout: a JSON row in, what it teaches out.</summary>
internal static class RowParsers
{
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
}
