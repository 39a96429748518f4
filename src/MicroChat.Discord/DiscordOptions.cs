using System.ComponentModel;
using System.Text;

namespace MicroChat.Discord;

/// <summary>How the bot reaches Discord. Section "Discord" of the settings.</summary>
public sealed record DiscordOptions
{
    /// <summary>Name of the settings' section.</summary>
    public const string Section = "Discord";

    /// <summary>The bot's token. Empty: the host serves without Discord.</summary>
    [PasswordPropertyText(true)]
    public string Token { get; init; } = "";

    /// <summary>Which library speaks with Discord.</summary>
    public DiscordClientChoice Client { get; init; } = DiscordClientChoice.Auto;

    /// <summary>Base address of the REST API, version included; another one for compatible servers that run elsewhere.</summary>
    public string ApiBase { get; init; } = "https://discord.com/api/v10";

    /// <summary>Address of the gateway. Empty: the API tells it.</summary>
    public string Gateway { get; init; } = "";

    /// <summary>Connections over which the guilds are spread. 0: as many as Discord recommends.</summary>
    public int Shards { get; init; }

    /// <summary>Whether the privileged message content intent is asked for. Without it the bot reads only mentions, replies to it, direct messages and what is handed to it.</summary>
    public bool MessageContent { get; init; }

    /// <summary>Whether the privileged members intent is asked for, so that the bot hears when somebody leaves a guild.</summary>
    public bool Members { get; init; }

    /// <summary>Whether the gateway's frames come compressed.</summary>
    public bool Compress { get; init; } = true;

    /// <summary>Most REST requests per second over all channels, answers to interactions not counted.</summary>
    public int RequestsPerSecond { get; init; } = 50;

    /// <summary>How long one REST request may take until it is given up or tried again.</summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>
    /// Where people at Discord can read what this bot is and whom to ask about it; part of the User-Agent, which Discord demands of every bot. The default says
    /// truthfully that there is no public page: this program has none that could speak for its operators.
    /// </summary>
    public string HomePage { get; init; } = "https://localhost";

    /// <summary>Everything that is wrong, one or two sentences each with setting, value, wish and remedy; empty when nothing is.</summary>
    public IReadOnlyList<string> Validate()
    {
        var faults = new List<string>();
        Require(Shards is >= 0 and <= 10_000, nameof(Shards), Shards, "from 0 to 10000");
        Require(RequestsPerSecond is >= 1 and <= 10_000, nameof(RequestsPerSecond), RequestsPerSecond, "from 1 to 10000");
        Require(RequestTimeout >= TimeSpan.FromSeconds(1) && RequestTimeout <= TimeSpan.FromMinutes(5), nameof(RequestTimeout), RequestTimeout, "from 00:00:01 to 00:05:00");
        if (Token.Any(c => c is <= ' ' or > '~'))
        {
            faults.Add($"{Section}:{nameof(Token)} holds spaces or characters that no token has; it must be visible ASCII. Copy it again from the developer portal, page Bot, \"Reset Token\".");
        }
        if (Token.StartsWith("Bot ", StringComparison.OrdinalIgnoreCase))
        {
            faults.Add($"{Section}:{nameof(Token)} begins with the word Bot; it must be the token alone. Remove the word.");
        }
        bool isPage = Uri.TryCreate(HomePage, UriKind.Absolute, out Uri? page) && page.Scheme is "https" or "http" && HomePage.All(c => c is > ' ' and <= '~' and not ('(' or ')' or ','));
        Require(isPage, nameof(HomePage), $"\"{HomePage}\"", "an address such as https://example.org/bot, without spaces, commas and brackets");
        Address(ApiBase, nameof(ApiBase), Uri.UriSchemeHttps, Uri.UriSchemeHttp, faults);
        if (Gateway.Length > 0)
        {
            Address(Gateway, nameof(Gateway), Uri.UriSchemeWss, Uri.UriSchemeWs, faults);
        }
        return faults;

        void Require(bool holds, string name, object found, string wish)
        {
            if (!holds)
            {
                faults.Add($"{Section}:{name} is {found}; it must be {wish}. Correct it, or leave it out for the default.");
            }
        }
    }

    /// <summary>The token goes to this address: it must be a plain one, and encrypted unless it is this machine.</summary>
    private static void Address(string text, string name, string secure, string open, List<string> faults)
    {
        bool absolute = Uri.TryCreate(text, UriKind.Absolute, out Uri? address);
        if (!absolute || (address!.Scheme != secure && address.Scheme != open))
        {
            faults.Add($"{Section}:{name} is \"{text}\"; it must be an absolute address with {secure}://. Correct it, or leave it out for the default.");
        }
        else if (address.UserInfo.Length > 0 || address.Fragment.Length > 0 || (name == nameof(ApiBase) && address.Query.Length > 0))
        {
            faults.Add($"{Section}:{name} holds a user, query or fragment; it must be scheme, host and path only. Remove the rest.");
        }
        else if (address.Scheme == open && !address.IsLoopback)
        {
            faults.Add($"{Section}:{name} is \"{text}\", which would send the token unencrypted; it must be {secure}:// for any host but this machine. Put TLS in front of the server.");
        }
    }

    /// <summary>All but the token.</summary>
    private bool PrintMembers(StringBuilder text)
    {
        text.Append($"Token = {(Token.Length > 0 ? "(set, not shown)" : "(not set)")}, Client = {Client}, ApiBase = {ApiBase}, Gateway = {Gateway}, Shards = {Shards}, ");
        text.Append($"MessageContent = {MessageContent}, Members = {Members}, Compress = {Compress}, RequestsPerSecond = {RequestsPerSecond}, RequestTimeout = {RequestTimeout}, HomePage = {HomePage}");
        return true;
    }
}

/// <summary>Libraries that can speak with Discord.</summary>
public enum DiscordClientChoice
{
    /// <summary>Discord.Net where it was built in and works, else the built-in client.</summary>
    Auto,

    /// <summary>The client of this project.</summary>
    BuiltIn,

    /// <summary>Discord.Net; only in builds of the Full profile.</summary>
    DiscordNet,
}
