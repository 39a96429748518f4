using System.Globalization;
using System.Text;

namespace MicroChat.Discord.Simulator.World;

/// <summary>A Unicode emoji (no id), or one that a guild uploaded.</summary>
public readonly record struct SimEmoji(ulong? Id, string Name)
{
    private const int LongestText = 64;

    /// <summary>Reads an emoji as routes hold it: the emoji itself, or <c>name:id</c>.</summary>
    /// <param name="known">Whether a custom emoji is known.</param>
    /// <returns>Null where it is none.</returns>
    internal static SimEmoji? Read(string text, Func<ulong, bool> known)
    {
        int colon = text.LastIndexOf(':');
        if (colon > 0)
        {
            return ulong.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out ulong id) && known(id)
                ? new SimEmoji(id, text[..colon]) : null;
        }
        return IsUnicode(text) ? new SimEmoji(null, text) : null;
    }

    private static bool IsUnicode(string text) => text.Length is > 0 and <= LongestText
        && new StringInfo(text).LengthInTextElements == 1
        && text.EnumerateRunes().Any(r => r.Value > 0xA8 && Rune.GetUnicodeCategory(r) is UnicodeCategory.OtherSymbol or UnicodeCategory.ModifierSymbol
            or UnicodeCategory.MathSymbol or UnicodeCategory.OtherPunctuation or UnicodeCategory.EnclosingMark);
}
