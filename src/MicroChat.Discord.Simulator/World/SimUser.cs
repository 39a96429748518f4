namespace MicroChat.Discord.Simulator.World;

/// <summary>An account: a person or a bot.</summary>
public sealed class SimUser
{
    internal SimUser(ulong id, string name, bool isBot) => (Id, Name, IsBot) = (id, name, isBot);

    public ulong Id { get; }

    public string Name { get; internal set; }

    /// <summary>The display name; null where none was chosen.</summary>
    public string? GlobalName { get; set; }

    public bool IsBot { get; }

    /// <summary>Whether the bot may open a conversation; otherwise 50007.</summary>
    public bool AcceptsDirectMessages { get; set; } = true;

    /// <summary>The text that mentions this user.</summary>
    public string Mention => $"<@{Id}>";
}
