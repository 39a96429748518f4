namespace MicroChat.Discord.Client;

/// <summary>How the client introduces itself, over HTTP and on the gateway.</summary>
/// <remarks>Source of the form: Discord API reference, "User Agent".</remarks>
internal static class UserAgent
{
    /// <summary>DiscordBot (address, version).</summary>
    public static string Text { get; } = $"DiscordBot (https://microchat.example, {typeof(UserAgent).Assembly.GetName().Version?.ToString(3) ?? "0"})";
}
