namespace MicroChat.Discord.Client;

/// <summary>Takes the bot's token out of texts that a server sent, before anybody sees or stores them.</summary>
internal sealed class Secrets(string token)
{
    private const int Longest = 300;

    /// <summary>One line of visible characters, at most 300, without the token.</summary>
    public string Clean(string? text)
    {
        if (string.IsNullOrEmpty(text))
        {
            return "";
        }
        string hidden = token.Length > 0 ? text.Replace(token, "(token)", StringComparison.Ordinal) : text;
        string shown = hidden.Length > Longest ? hidden[..Longest] + " …" : hidden;
        return string.Concat(shown.Select(c => char.IsControl(c) ? ' ' : c));
    }
}
