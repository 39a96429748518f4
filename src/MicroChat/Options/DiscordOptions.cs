namespace MicroChat.Options;

/// <summary>The Discord bot. Section "Discord".</summary>
internal sealed record DiscordOptions
{
    /// <summary>The bot's token. Empty: the host serves without Discord.</summary>
    [Secret]
    public string Token { get; init; } = "";
}
