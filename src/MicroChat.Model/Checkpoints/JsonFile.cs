using System.Text.Json;

namespace MicroChat.Model.Checkpoints;

/// <summary>A small JSON file read with limits; errors name the file and quote the line.</summary>
internal static class JsonFile
{
    private const long LargestBytes = 64 << 20;

    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = 64, AllowDuplicateProperties = false };

    /// <summary>Reads an object. The caller disposes the document.</summary>
    /// <exception cref="CheckpointException">The file is missing, too large or no JSON object.</exception>
    public static JsonDocument ReadObject(string path)
    {
        byte[] bytes = ReadBytes(path);
        try
        {
            JsonDocument document = JsonDocument.Parse(bytes.AsMemory(HasMark(bytes) ? 3 : 0), Strict);
            if (document.RootElement.ValueKind == JsonValueKind.Object)
            {
                return document;
            }
            JsonValueKind found = document.RootElement.ValueKind;
            document.Dispose();
            throw new CheckpointException($"{path} holds {found}; wanted is a JSON object. Take the file that was published with the model.");
        }
        catch (JsonException e)
        {
            throw new CheckpointException($"{path} is not valid JSON: {e.Message}{QuoteLine(bytes, e.LineNumber)} Correct that line or take the published file.", e);
        }
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

    private static string QuoteLine(byte[] bytes, long? lineNumber)
    {
        string[] lines = System.Text.Encoding.UTF8.GetString(bytes).Split('\n');
        return lineNumber is { } at && at < lines.Length ? $" The line is {Untrusted.Quote(lines[at].Trim())}." : "";
    }
}
