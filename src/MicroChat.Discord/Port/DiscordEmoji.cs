using System.Text;

namespace MicroChat.Discord.Port;

/// <summary>An emoji: of Unicode, or a guild's own.</summary>
/// <param name="Id">Null: of Unicode.</param>
/// <param name="Name">The character(s), or the name of a guild's own; empty where that was deleted.</param>
public readonly record struct DiscordEmoji(Snowflake? Id, string Name)
{
    private const int FirstTone = 0x1F3FB, LastTone = 0x1F3FF, VariationSelector = 0xFE0F;

    /// <summary>An emoji of Unicode.</summary>
    public static DiscordEmoji Of(string characters) => new(null, characters);

    /// <summary>The same emoji without skin tone and variation selector, so that 👍🏿 and 👍 compare as equal.</summary>
    public DiscordEmoji WithoutSkinTone()
    {
        if (Id is not null)
        {
            return this;
        }
        var plain = new StringBuilder(Name.Length);
        foreach (Rune rune in Name.EnumerateRunes())
        {
            if (rune.Value is not (>= FirstTone and <= LastTone) and not VariationSelector)
            {
                plain.Append(rune.ToString());
            }
        }
        return new DiscordEmoji(null, plain.ToString());
    }

    /// <summary>As it stands in a path of the API: name:id, or the escaped characters.</summary>
    public string PathSegment => Uri.EscapeDataString(Id is { } id ? $"{Name}:{id}" : Name);
}
