using System.Text;
using System.Text.Json;

namespace MicroChat.Model.Checkpoints;

/// <summary>A small JSON file read with limits; errors name the file and quote the line.</summary>
internal static class JsonFile
{
    private const long LargestBytes = 64 << 20;
    private const int LongestLineBytes = 200;

    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = 64, AllowDuplicateProperties = false };

    /// <summary>Reads an object. The caller disposes the document.</summary>
    /// <exception cref="CheckpointException">The file is missing, too large or no JSON object.</exception>
    public static JsonDocument ReadObject(string path)
    {
        byte[] bytes = ReadBytes(path);
        JsonDocument? document = null;
        try
        {
            document = JsonDocument.Parse(bytes.AsMemory(HasMark(bytes) ? 3 : 0), Strict);
            RequireText(document.RootElement);
        }
        catch (JsonException e)
        {
            throw new CheckpointException($"{path} is not valid JSON: {e.Message}{QuoteLine(bytes, e.LineNumber)} Correct that line or take the published file.", e);
        }
        catch (InvalidOperationException e)
        {
            document?.Dispose();
            throw new CheckpointException($"{path} is not valid JSON: a string in it is no valid text ({e.Message}). Take the published file.", e);
        }
        if (document.RootElement.ValueKind != JsonValueKind.Object)
        {
            JsonValueKind found = document.RootElement.ValueKind;
            document.Dispose();
            throw new CheckpointException($"{path} holds {found}; wanted is a JSON object. Take the file that was published with the model.");
        }
        return document;
    }

    private static bool HasMark(byte[] bytes) => bytes.AsSpan().StartsWith("\uFEFF"u8);

    private static byte[] ReadBytes(string path)
    {
        try
        {
            long length = new FileInfo(path).Length;
            return length <= LargestBytes
                ? File.ReadAllBytes(path)
                : throw new CheckpointException($"{path} has {length} bytes; at most {LargestBytes} are read. It cannot be the file that it is named after.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CheckpointException($"{path} cannot be read: {e.Message} Check the path and the permissions.", e);
        }
    }

    private static string QuoteLine(ReadOnlySpan<byte> text, long? lineNumber)
    {
        if (lineNumber is not { } line)
        {
            return "";
        }
        for (; line > 0 && text.IndexOf((byte)'\n') is var end and >= 0; line--)
        {
            text = text[(end + 1)..];
        }
        int length = text.IndexOf((byte)'\n') is var next and >= 0 ? next : text.Length;
        return $" The line is {Untrusted.Quote(Encoding.UTF8.GetString(text[..Math.Min(length, LongestLineBytes)]).Trim())}.";
    }

    /// <summary>Reads every name and string once: an unpaired surrogate is only found then, and must not surface later.</summary>
    private static void RequireText(JsonElement element)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.String:
                _ = element.GetString();
                break;
            case JsonValueKind.Array:
                foreach (JsonElement item in element.EnumerateArray())
                {
                    RequireText(item);
                }
                break;
            case JsonValueKind.Object:
                foreach (JsonProperty property in element.EnumerateObject())
                {
                    _ = property.Name;
                    RequireText(property.Value);
                }
                break;
        }
    }
}
