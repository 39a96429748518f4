using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using MicroChat.Chat;

namespace MicroChat.Dialog;

/// <summary>One reply as one line of JSON, for scripts.</summary>
internal static class ReplyJson
{
    /// <summary>How text is written: readable, as it goes to a file or a pipe and never into a web page.</summary>
    public static readonly JsonWriterOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <param name="load">Time from the program's start of loading to the loaded model.</param>
    public static void Write(TextWriter output, SessionReply reply, TimeSpan load)
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes, Readable))
        {
            json.WriteStartObject();
            json.WriteString("reply", reply.Text);
            json.WriteString("model", reply.Model);
            json.WriteString("finish_reason", reply.Cancelled ? "cancelled" : reply.FinishReason);
            if (reply.Seed is { } seed)
            {
                json.WriteNumber("seed", seed);
            }
            json.WriteStartObject("tokens");
            WriteCount(json, "prompt", reply.PromptTokens);
            WriteCount(json, "reply", reply.ReplyTokens);
            json.WriteEndObject();
            json.WriteStartObject("timing");
            json.WriteNumber("load_ms", Round(load.TotalMilliseconds));
            json.WriteNumber("first_token_ms", Round(reply.FirstText.TotalMilliseconds));
            json.WriteNumber("total_ms", Round(reply.Total.TotalMilliseconds));
            if (reply.TokensPerSecond() is { } speed)
            {
                json.WriteNumber("tokens_per_second", Round(speed));
            }
            json.WriteEndObject();
            json.WriteEndObject();
        }
        output.WriteLine(Encoding.UTF8.GetString(bytes.GetBuffer(), 0, (int)bytes.Length));
    }

    /// <summary>Speed after the first text; null when too little was said to tell.</summary>
    public static double? TokensPerSecond(this SessionReply reply)
    {
        double seconds = (reply.Total - reply.FirstText).TotalSeconds;
        return reply.ReplyTokens is > 1 and { } tokens && seconds > 0 ? (tokens - 1) / seconds : null;
    }

    private static void WriteCount(Utf8JsonWriter json, string name, long? tokens)
    {
        if (tokens is { } count)
        {
            json.WriteNumber(name, count);
        }
        else
        {
            json.WriteNull(name);
        }
    }

    private static double Round(double value) => Math.Round(value, 1);
}
