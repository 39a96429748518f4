using System.IO.Compression;

namespace MicroChat.Model.Tokenizers;

/// <summary>
/// Reads documents from text files, plain or .gz, without holding a file in memory. Documents are separated by lines that say
/// <c>&lt;|endoftext|&gt;</c>; a document longer than about a million characters is handed out in parts, cut at line ends.
/// </summary>
public static class TextFiles
{
    /// <summary>The line between two documents.</summary>
    public const string Separator = "<|endoftext|>";

    private const int BlockChars = 1 << 20;

    /// <summary>The documents of a file in order; none is empty. Line ends inside a document are kept.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static IEnumerable<string> Documents(string path)
    {
        using StreamReader reader = Open(path);
        char[] block = new char[BlockChars];
        int filled = 0;
        for (bool more = true; more || filled > 0;)
        {
            int read = reader.ReadBlock(block, filled, block.Length - filled);
            filled += read;
            more = filled == block.Length;
            int done = 0;
            while (done < filled && NextDocument(block.AsSpan(0, filled), done, ended: !more) is (int end, int next))
            {
                if (end > done) yield return new string(block, done, end - done);
                done = next;
            }
            Array.Copy(block, done, block, 0, filled - done);
            filled -= done;
        }
    }

    private static StreamReader Open(string path)
    {
        Stream file = File.OpenRead(path);
        return new StreamReader(path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? new GZipStream(file, CompressionMode.Decompress) : file);
    }

    /// <summary>Where the document that starts at <paramref name="start"/> ends and the next one starts; null: more text must be read first.</summary>
    private static (int End, int Next)? NextDocument(ReadOnlySpan<char> text, int start, bool ended)
    {
        for (int line = start; line < text.Length;)
        {
            int length = text[line..].IndexOf('\n');
            if (length < 0 && !ended)
            {
                if (start > 0) return null;
                return line > 0 ? (line, line) : (text.Length, text.Length);   // a full block: cut it at its last line end, if it has one
            }
            int next = length < 0 ? text.Length : line + length + 1;
            if (text[line..next].TrimEnd("\r\n").SequenceEqual(Separator)) return (line, next);
            line = next;
        }
        return ended ? (text.Length, text.Length) : start > 0 ? null : (text.Length, text.Length);
    }
}
