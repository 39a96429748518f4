using MicroChat.Discord.Port;

namespace MicroChat.Discord.Answers;

/// <summary>What a button of the bot means. It stands in the button itself, so that buttons work after a restart: "mc1:up:…".</summary>
/// <param name="Verb">What to do.</param>
/// <param name="Argument">With what: the id of an exchange, comparison or turn.</param>
/// <param name="Detail">More; empty: none.</param>
internal readonly record struct CustomId(string Verb, string Argument, string Detail)
{
    public const string Up = "up", Down = "down", Reason = "reason", Stop = "stop", Retry = "retry", Compare = "cmp", OptIn = "optin", OptOut = "optout",
        Forget = "forget", ForgetAsk = "forgetask", Export = "export", Ask = "ask";

    private const string Prefix = "mc1";

    public static string Of(string verb, object argument, string detail) =>
        detail.Length > 0 ? $"{Prefix}:{verb}:{Text(argument)}:{detail}" : $"{Prefix}:{verb}:{Text(argument)}";

    /// <summary>Reads what <see cref="Of"/> wrote.</summary>
    /// <returns>False: the button is not of this version of the bot.</returns>
    public static bool TryParse(string text, out CustomId id)
    {
        string[] parts = text.Split(':', 4);
        bool ours = parts.Length >= 3 && parts[0] == Prefix;
        id = ours ? new CustomId(parts[1], parts[2], parts.Length > 3 ? parts[3] : "") : default;
        return ours;
    }

    /// <summary>The argument as an id of the store.</summary>
    public Guid? Guid => System.Guid.TryParseExact(Argument, "N", out Guid id) ? id : null;

    /// <summary>The argument as an id of Discord.</summary>
    public Snowflake? Turn => Snowflake.TryParse(Argument, out Snowflake id) ? id : null;

    private static string Text(object argument) => argument is Guid id ? id.ToString("N") : argument.ToString()!;
}
