using System.Text.Json;
using MicroChat.Chat;
using MicroChat.Model.Checkpoints;

namespace MicroChat.Dialog;

/// <summary>Saves a conversation in the chat format that training reads: one line, <c>{"messages":[{"role":…,"content":…}]}</c>.</summary>
internal static class Transcript
{
    /// <summary>Writes the whole conversation, exchanges that no longer fit into the prompt included.</summary>
    /// <exception cref="CommandException">The file exists already.</exception>
    /// <exception cref="CheckpointException">The file cannot be written; nothing is left of it.</exception>
    public static void Save(string path, string? systemPrompt, IReadOnlyList<Exchange> exchanges)
    {
        if (File.Exists(path))
        {
            throw CommandException.Failure($"{path} exists already; choose another name, nothing was overwritten.");
        }
        AtomicFile.Write(path, file => Write(file, systemPrompt, exchanges));
    }

    private static void Write(Stream output, string? systemPrompt, IReadOnlyList<Exchange> exchanges)
    {
        using var json = new Utf8JsonWriter(output, ReplyJson.Readable);
        json.WriteStartObject();
        json.WriteStartArray("messages");
        if (!string.IsNullOrEmpty(systemPrompt))
        {
            Message(json, "system", systemPrompt);
        }
        foreach (Exchange exchange in exchanges)
        {
            Message(json, "user", exchange.Message);
            Message(json, "assistant", exchange.Reply.Text);
        }
        json.WriteEndArray();
        json.WriteEndObject();
        json.Flush();
        output.WriteByte((byte)'\n');
    }

    private static void Message(Utf8JsonWriter json, string role, string content)
    {
        json.WriteStartObject();
        json.WriteString("role", role);
        json.WriteString("content", content);
        json.WriteEndObject();
    }
}
