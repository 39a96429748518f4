using System.Globalization;
using MicroChat.Discord.Port;

namespace MicroChat.Discord.Routing;

/// <summary>Reads the settings that are written as "id=value".</summary>
internal static class PlaceSettings
{
    public static bool TryParseMode(string text, out Snowflake place, out ChannelMode mode)
    {
        mode = default;
        return TrySplit(text, out place, out string value)
            && Enum.GetNames<ChannelMode>().FirstOrDefault(name => name.Equals(value, StringComparison.OrdinalIgnoreCase)) is { } name
            && Enum.TryParse(name, out mode);
    }

    public static bool TryParseQuota(string text, out Snowflake role, out int perHour)
    {
        perHour = 0;
        return TrySplit(text, out role, out string value) && int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out perHour);
    }

    private static bool TrySplit(string text, out Snowflake id, out string value)
    {
        int equals = text.IndexOf('=', StringComparison.Ordinal);
        value = equals < 0 ? "" : text[(equals + 1)..].Trim();
        id = default;
        return equals > 0 && Snowflake.TryParse(text[..equals].Trim(), out id);
    }
}
