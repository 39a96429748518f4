namespace MicroChat.Discord.Simulator.World;

/// <summary>The bits of a message's <c>flags</c>.</summary>
internal static class MessageFlags
{
    public const int SuppressEmbeds = 1 << 2;
    public const int HasThread = 1 << 5;
    public const int Ephemeral = 1 << 6;
    public const int Loading = 1 << 7;
    public const int SuppressNotifications = 1 << 12;
    public const int ComponentsV2 = 1 << 15;

    /// <summary>What an application may set on a message of its own.</summary>
    public const int Settable = SuppressEmbeds | SuppressNotifications | ComponentsV2;
}
