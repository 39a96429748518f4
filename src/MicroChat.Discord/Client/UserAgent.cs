namespace MicroChat.Discord.Client;

/// <summary>How the client introduces itself, over HTTP and on the gateway: <c>DiscordBot (address, version)</c>.</summary>
/// <remarks>Source of the form: Discord API reference, "User Agent".</remarks>
internal static class UserAgent
{
    private static readonly string s_version = typeof(UserAgent).Assembly.GetName().Version?.ToString(3) ?? "0";

    public static string Of(DiscordOptions options) => $"DiscordBot ({options.HomePage}, {s_version})";
}
