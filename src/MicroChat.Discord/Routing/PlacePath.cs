using MicroChat.Discord.Port;
using MicroChat.Feedback;

namespace MicroChat.Discord.Routing;

/// <summary>Where something is said, from the outside in; 0 where there is none. In a direct message only the channel is set.</summary>
internal readonly record struct PlacePath(Snowflake Guild, Snowflake Category, Snowflake Channel, Snowflake Thread)
{
    public bool IsDirect => Guild.Value == 0;

    /// <summary>The channel or thread that messages are sent to.</summary>
    public Snowflake Innermost => Thread.Value != 0 ? Thread : Channel;

    /// <summary>Ids from the outside in, as personas and modes look them up.</summary>
    public IReadOnlyList<string> Ids => [.. new[] { Guild, Category, Channel, Thread }.Where(id => id.Value != 0).Select(id => id.ToString())];

    /// <summary>As the feedback store names it.</summary>
    public Place ToPlace() => new(Platforms.Discord, Text(Guild), Text(Channel), Text(Thread));

    private static string Text(Snowflake id) => id.Value == 0 ? "" : id.ToString();
}
