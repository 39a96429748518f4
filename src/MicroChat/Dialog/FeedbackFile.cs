using System.Text;
using System.Text.Json;
using MicroChat.Chat;

namespace MicroChat.Dialog;

/// <summary>
/// Ratings given in the terminal: one JSON object per line, appended and flushed. The last line of an exchange counts.
/// </summary>
internal sealed class FeedbackFile(string path, TimeProvider time)
{
    /// <summary>Where the ratings go.</summary>
    public string Path { get; } = System.IO.Path.GetFullPath(path);

    /// <summary>Appends one rating.</summary>
    /// <param name="rating">+1 or −1.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public void Append(Exchange exchange, string? systemPrompt, int rating)
    {
        using var line = new MemoryStream();
        using (var json = new Utf8JsonWriter(line, ReplyJson.Readable))
        {
            json.WriteStartObject();
            json.WriteString("time", time.GetUtcNow());
            json.WriteString("exchange", exchange.Id);
            json.WriteNumber("rating", rating);
            json.WriteString("model", exchange.Reply.Model);
            if (exchange.Reply.Seed is { } seed)
            {
                json.WriteNumber("seed", seed);
            }
            json.WriteString("system", systemPrompt);
            json.WriteString("message", exchange.Message);
            json.WriteString("reply", exchange.Reply.Text);
            json.WriteBoolean("cancelled", exchange.Reply.Cancelled);
            json.WriteEndObject();
        }
        line.WriteByte((byte)'\n');
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(Path)!);
        using var file = new FileStream(Path, FileMode.Append, FileAccess.Write, FileShare.Read, bufferSize: 0);
        file.Write(line.GetBuffer(), 0, (int)line.Length);
        file.Flush(flushToDisk: true);
    }
}
