namespace MicroChat.Discord.Text;

/// <summary>An answer as the messages that show it, and, where they would be too many, the file that holds it.</summary>
/// <param name="Messages">Contents, none of them blank; empty when there is nothing to be seen.</param>
/// <param name="File">The whole answer, when the messages only hold its beginning; null: they hold all of it.</param>
public sealed record AnswerLayout(IReadOnlyList<string> Messages, string? File)
{
    private const string Continued = "\n-# The answer is long; all of it is in the file.";

    /// <summary>Lays an answer out.</summary>
    /// <param name="text">The answer.</param>
    /// <param name="limit">Longest message. Unit: UTF-16 characters.</param>
    /// <param name="mostMessages">More than this become a file.</param>
    public static AnswerLayout Of(string text, int limit, int mostMessages)
    {
        string whole = text.Trim();
        if (whole.Length <= (long)limit * mostMessages)
        {
            string[] messages = [.. MessageSplitter.Split(whole, limit).Where(part => !part.IsBlank).Select(part => part.Content)];
            if (messages.Length <= mostMessages)
            {
                return new AnswerLayout(messages, null);
            }
        }
        string beginning = MessageSplitter.Split(whole[..Math.Min(whole.Length, 2 * limit)], limit - Continued.Length).First(part => !part.IsBlank).Content;
        return new AnswerLayout([beginning + Continued], whole);
    }
}
