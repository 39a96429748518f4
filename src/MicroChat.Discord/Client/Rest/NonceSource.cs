using System.Globalization;

namespace MicroChat.Discord.Client.Rest;

/// <summary>Draws nonces that no other message of this bot has had lately, also not before a restart with the same seed.</summary>
internal sealed class NonceSource(TimeProvider time, Chance chance)
{
    /// <summary>Milliseconds of the clock and 52 random bits: 24 characters.</summary>
    public string Next() => string.Create(
        CultureInfo.InvariantCulture, $"{time.GetUtcNow().ToUnixTimeMilliseconds() & 0xFFF_FFFF_FFFF:x11}{chance.Bits() & 0xF_FFFF_FFFF_FFFF:x13}");
}
