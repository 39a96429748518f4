namespace MicroChat.Discord.Pacing;

/// <summary>How much of a growing text is shown: up to the end of a sentence or line, or of a word when there was none for a while.</summary>
internal static class SentenceBorder
{
    /// <summary>Where the part to show ends.</summary>
    /// <param name="text">All there is.</param>
    /// <param name="shown">How much is shown already.</param>
    /// <param name="impatient">Nothing new was shown for so long that the end of a word is good enough.</param>
    /// <returns><paramref name="shown"/> when it is better to wait.</returns>
    public static int Find(string text, int shown, bool impatient)
    {
        for (int at = text.Length; at > shown; at--)
        {
            bool ends = at < text.Length && char.IsWhiteSpace(text[at]) && text[at - 1] is '.' or '!' or '?' or '…' or ':' or ';';
            if (text[at - 1] is '\n' or '。' or '！' or '？' || ends)
            {
                return at;
            }
        }
        int word = impatient ? text.LastIndexOfAny([' ', '\t']) : -1;
        return word > shown ? word : impatient && text.Length - shown > 60 && !char.IsHighSurrogate(text[^1]) ? text.Length : shown;
    }
}
