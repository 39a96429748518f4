using MicroChat.Discord.Port;
using MicroChat.Discord.Routing;

namespace MicroChat.Discord;

/// <summary>How the bot behaves. Section "DiscordBot".</summary>
public sealed record DiscordBotOptions
{
    /// <summary>Name of the settings' section.</summary>
    public const string Section = "DiscordBot";

    /// <summary>What is answered where nothing else is said.</summary>
    public ChannelMode Mode { get; init; } = ChannelMode.Reply;

    /// <summary>Modes of single places: "id=mode" with the id of a server, category, channel or thread. What people set by /chat mode wins.</summary>
    public IReadOnlyList<string> Modes { get; init; } = [];

    /// <summary>Ids of people who may use the operator's commands; the owner of the machine.</summary>
    public IReadOnlyList<string> Operators { get; init; } = [];

    /// <summary>Ids of other bots that are answered when their text mentions this one. Empty: none.</summary>
    public IReadOnlyList<string> AnsweredBots { get; init; } = [];

    /// <summary>Answers to bots in a place without a person in between.</summary>
    public int MostBotTurns { get; init; } = 3;

    /// <summary>How long a person's pause is until their question counts as complete.</summary>
    public TimeSpan Debounce { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>A question counts as complete after this even if its writer never pauses.</summary>
    public TimeSpan LongestDebounce { get; init; } = TimeSpan.FromSeconds(8);

    /// <summary>Shortest distance between two edits of a streamed reply; live limits may make it longer.</summary>
    public TimeSpan EditInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Longest question. Unit: characters.</summary>
    public int LongestQuestion { get; init; } = 8_000;

    /// <summary>Messages that one answer may take; a longer one becomes a file.</summary>
    public int MostMessages { get; init; } = 5;

    /// <summary>Messages that others wrote, up the chain of replies, that are quoted in a question.</summary>
    public int MostQuoted { get; init; } = 10;

    /// <summary>Share of answers that are two to choose from, 0 to 1.</summary>
    public double ComparisonRate { get; init; }

    /// <summary>File with the operator's own prompts, one a line, for /arena. Empty: no arena.</summary>
    public string ArenaPromptsFile { get; init; } = "";

    /// <summary>Questions that one person may ask in an hour; 0: no limit.</summary>
    public int UserTurnsPerHour { get; init; } = 60;

    /// <summary>Questions that one server may ask in an hour; 0: no limit.</summary>
    public int GuildTurnsPerHour { get; init; }

    /// <summary>"id=number": questions per hour of people with a role; the greatest of their roles holds, 0 is no limit.</summary>
    public IReadOnlyList<string> RoleTurnsPerHour { get; init; } = [];

    /// <summary>Questions of one person that may be under way or waiting at a time.</summary>
    public int MostTurnsPerUser { get; init; } = 3;

    /// <summary>Questions that may be under way or waiting in all.</summary>
    public int MostTurns { get; init; } = 500;

    /// <summary>Words and phrases that are not answered.</summary>
    public IReadOnlyList<string> BlockedInput { get; init; } = [];

    /// <summary>Words and phrases that are never said.</summary>
    public IReadOnlyList<string> BlockedOutput { get; init; } = [];

    /// <summary>Whether age-restricted channels are answered; what is said there never trains anything.</summary>
    public bool AnswersInAgeRestricted { get; init; }

    /// <summary>How old a question may be that came while the bot was away and is answered still.</summary>
    public TimeSpan CatchUp { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Messages per channel that are looked at for missed questions.</summary>
    public int CatchUpMessages { get; init; } = 50;

    /// <summary>How long an edited question is answered anew by itself.</summary>
    public TimeSpan EditWindow { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Newest answers whose reactions are compared with the store after an absence.</summary>
    public int ReconciledAnswers { get; init; } = 100;

    /// <summary>Seconds that replies under way may go on when the program stops.</summary>
    public int DrainSeconds { get; init; } = 10;

    /// <summary>Id of the only server where commands are registered, at once; for trying things out. Empty: everywhere.</summary>
    public string CommandServer { get; init; } = "";

    /// <summary>Address of the operator's privacy policy, shown by /privacy. Empty: none.</summary>
    public string PrivacyPolicy { get; init; } = "";

    /// <summary>Everything that is wrong, one sentence each with setting, value, wish and remedy; empty when nothing is.</summary>
    public IReadOnlyList<string> Validate()
    {
        var faults = new List<string>();
        Require(MostBotTurns is >= 0 and <= 100, nameof(MostBotTurns), MostBotTurns, "from 0 to 100");
        Require(Debounce >= TimeSpan.Zero && Debounce <= TimeSpan.FromMinutes(1), nameof(Debounce), Debounce, "from 0 to a minute");
        Require(LongestDebounce >= Debounce && LongestDebounce <= TimeSpan.FromMinutes(5), nameof(LongestDebounce), LongestDebounce, $"from Debounce ({Debounce}) to 5 minutes");
        Require(EditInterval >= TimeSpan.FromMilliseconds(100) && EditInterval <= TimeSpan.FromMinutes(1), nameof(EditInterval), EditInterval, "from a tenth of a second to a minute");
        Require(LongestQuestion is >= 1 and <= 100_000, nameof(LongestQuestion), LongestQuestion, "from 1 to 100000 characters");
        Require(MostMessages is >= 1 and <= 20, nameof(MostMessages), MostMessages, "from 1 to 20");
        Require(MostQuoted is >= 0 and <= 50, nameof(MostQuoted), MostQuoted, "from 0 to 50");
        Require(ComparisonRate is >= 0 and <= 1, nameof(ComparisonRate), ComparisonRate, "from 0 to 1");
        Require(UserTurnsPerHour >= 0, nameof(UserTurnsPerHour), UserTurnsPerHour, "0 (no limit) or more");
        Require(GuildTurnsPerHour >= 0, nameof(GuildTurnsPerHour), GuildTurnsPerHour, "0 (no limit) or more");
        Require(MostTurnsPerUser is >= 1 and <= 100, nameof(MostTurnsPerUser), MostTurnsPerUser, "from 1 to 100");
        Require(MostTurns is >= 1 and <= 100_000, nameof(MostTurns), MostTurns, "from 1 to 100000");
        Require(CatchUp >= TimeSpan.Zero && CatchUp <= TimeSpan.FromDays(1), nameof(CatchUp), CatchUp, "from 0 to a day");
        Require(CatchUpMessages is >= 0 and <= 100, nameof(CatchUpMessages), CatchUpMessages, "from 0 to 100");
        Require(EditWindow >= TimeSpan.Zero && EditWindow <= TimeSpan.FromDays(1), nameof(EditWindow), EditWindow, "from 0 to a day");
        Require(ReconciledAnswers is >= 0 and <= 10_000, nameof(ReconciledAnswers), ReconciledAnswers, "from 0 to 10000");
        Require(DrainSeconds is >= 0 and <= 600, nameof(DrainSeconds), DrainSeconds, "from 0 to 600 seconds");
        Require(CommandServer.Length == 0 || Snowflake.TryParse(CommandServer, out _), nameof(CommandServer), CommandServer, "the id of a server, or empty");
        Require(PrivacyPolicy.Length == 0 || Uri.TryCreate(PrivacyPolicy, UriKind.Absolute, out _), nameof(PrivacyPolicy), PrivacyPolicy, "an address such as https://example.org/privacy, or empty");
        Require(ArenaPromptsFile.Length == 0 || File.Exists(ArenaPromptsFile), nameof(ArenaPromptsFile), ArenaPromptsFile, "a file with one prompt a line, or empty");
        RequireAll(Operators, nameof(Operators), "the id of a person", text => Snowflake.TryParse(text, out _));
        RequireAll(AnsweredBots, nameof(AnsweredBots), "the id of a bot", text => Snowflake.TryParse(text, out _));
        RequireAll(Modes, nameof(Modes), $"id=mode, the mode one of {string.Join(", ", Enum.GetNames<ChannelMode>())}", text => PlaceSettings.TryParseMode(text, out _, out _));
        RequireAll(RoleTurnsPerHour, nameof(RoleTurnsPerHour), "id=number, the number 0 or more", text => PlaceSettings.TryParseQuota(text, out _, out _));
        return faults;

        void Require(bool holds, string name, object found, string wish)
        {
            if (!holds)
            {
                faults.Add($"{Section}:{name} is {found}; it must be {wish}. Correct it, or leave it out for the default.");
            }
        }

        void RequireAll(IReadOnlyList<string> list, string name, string wish, Func<string, bool> holds)
        {
            foreach ((int index, string text) in list.Index())
            {
                Require(holds(text), $"{name}:{index}", $"\"{text}\"", wish);
            }
        }
    }
}
