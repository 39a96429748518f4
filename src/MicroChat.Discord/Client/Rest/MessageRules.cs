using MicroChat.Discord.Port;

namespace MicroChat.Discord.Client.Rest;

/// <summary>Mistakes in messages that Discord would refuse anyway; finding them here costs no request.</summary>
internal static class MessageRules
{
    private const int MostFiles = 10, MostRows = 5;

    /// <exception cref="ArgumentException">The message cannot be sent; nothing was.</exception>
    public static void Check(OutgoingMessage message)
    {
        Content(message.Content);
        Parts(message.Rows, message.Files);
        if (message.Content.Length == 0 && message.Files.Count == 0)
        {
            throw new ArgumentException("The message has neither text nor files; it must have one of them.", nameof(message));
        }
        if (message.Nonce is { Length: > OutgoingMessage.LongestNonce or 0 } nonce)
        {
            throw new ArgumentException($"The nonce is {nonce.Length} characters long; it must be 1 to {OutgoingMessage.LongestNonce}.", nameof(message));
        }
    }

    /// <exception cref="ArgumentException">The edit cannot be made; nothing was sent.</exception>
    public static void Check(MessageEdit edit)
    {
        Content(edit.Content ?? "");
        Parts(edit.Rows ?? [], edit.Files);
    }

    private static void Content(string content)
    {
        if (content.Length > OutgoingMessage.LongestContent)
        {
            throw new ArgumentException($"The text is {content.Length} characters long; it must be at most {OutgoingMessage.LongestContent}. Split it.", nameof(content));
        }
    }

    private static void Parts(IReadOnlyList<ComponentRow> rows, IReadOnlyList<OutgoingFile> files)
    {
        if (rows.Count > MostRows)
        {
            throw new ArgumentException($"There are {rows.Count} rows; there must be at most {MostRows}.", nameof(rows));
        }
        if (files.Count > MostFiles)
        {
            throw new ArgumentException($"There are {files.Count} files; there must be at most {MostFiles}.", nameof(files));
        }
    }
}
