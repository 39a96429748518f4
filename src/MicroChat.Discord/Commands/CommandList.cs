using MicroChat.Discord.Port;
using MicroChat.Discord.Routing;

namespace MicroChat.Discord.Commands;

/// <summary>The commands that people see.</summary>
internal static class CommandList
{
    public const string Ask = "ask", Chat = "chat", Mode = "mode", Persona = "persona", Reset = "reset", Privacy = "privacy", Forget = "forget", Stats = "stats", Why = "why", Arena = "arena",
        Model = "model", Quota = "quota", Block = "block", Status = "status", AskAbout = "Ask about this", WhyThis = "Why this answer?";

    public const string Show = "show", Set = "set", Clear = "clear", List = "list", Promote = "promote", RollBack = "rollback", Generation = "generation";

    /// <summary>Longest question and persona that a command takes. Unit: characters.</summary>
    public const int LongestText = 4_000;

    public static IReadOnlyList<DiscordCommand> All { get; } =
    [
        Slash(Ask, "Ask me something.", null, true, Text("question", "What you want to know.", LongestText) with { Required = true }),
        Slash(Chat, "How I take part here.", DiscordPermissions.ManageChannels, false,
            Sub(Mode, "Which messages I answer.",
                Choice("mode", "What I answer.", [.. Enum.GetNames<ChannelMode>().Select(name => (name, name)), ("As around it", "inherit")]) with { Required = true },
                Choice("where", "Where it holds; this channel or thread unless you choose.", [("This channel or thread", "here"), ("Its category", "category"), ("The whole server", "server")]))),
        Slash(Persona, "Who I am here.", DiscordPermissions.ManageChannels, true,
            Sub(Show, "Show it."),
            Sub(Set, "Set it.", Text("text", "What I am told before every conversation.", LongestText) with { Required = true }),
            Sub(Clear, "Go back to what holds around it.")),
        Slash(Reset, "Begin a new conversation.", null, true),
        Slash(Privacy, "What I keep about you, and how to change that.", null, true,
            Choice("server", "For moderators: whether members of this server may let their messages train me.", [("Allow", "allow"), ("Forbid", "forbid")])),
        Slash(Forget, "Delete everything of yours that I keep.", null, true),
        Slash(Stats, "What I have learned from.", null, true),
        Slash(Why, "How my last answer to you came about.", null, true, Text("message", "Id or link of one of my messages; my last answer to you unless you give one.", 200)),
        Slash(Arena, "Two answers to one question: which is better?", null, true),
        Slash(Model, "Operators: generations of the model.", DiscordPermissions.Administrator, true,
            Sub(List, "Show them."),
            Sub(Promote, "Let one answer.", new CommandOption { Kind = CommandOptionKind.Whole, Name = Generation, Description = "Its number.", Required = true, Least = 0, Suggests = true }),
            Sub(RollBack, "Go back to the one before.")),
        Slash(Quota, "Operators: how often somebody may ask.", DiscordPermissions.Administrator, false, User(),
            new CommandOption { Kind = CommandOptionKind.Whole, Name = "per-hour", Description = "Questions per hour; 0: no limit; left out: what everybody has.", Least = 0, Greatest = 100_000 }),
        Slash(Block, "Operators: do not answer somebody.", DiscordPermissions.Administrator, false, User(),
            new CommandOption { Kind = CommandOptionKind.Truth, Name = "blocked", Description = "False: answer again. True unless you say so." }),
        Slash(Status, "Operators: how I am doing.", DiscordPermissions.Administrator, true),
        new DiscordCommand(CommandKind.Message, AskAbout, "", [], null, InDirectMessages: true),
        new DiscordCommand(CommandKind.Message, WhyThis, "", [], null, InDirectMessages: true),
    ];

    private static DiscordCommand Slash(string name, string description, DiscordPermissions? needed, bool direct, params CommandOption[] options) =>
        new(CommandKind.Slash, name, description, options, needed, direct);

    private static CommandOption Sub(string name, string description, params CommandOption[] options) =>
        new() { Kind = CommandOptionKind.Subcommand, Name = name, Description = description, Options = options };

    private static CommandOption Text(string name, string description, int longest) =>
        new() { Kind = CommandOptionKind.Text, Name = name, Description = description, LongestText = longest };

    private static CommandOption Choice(string name, string description, params (string Name, string Value)[] choices) =>
        new() { Kind = CommandOptionKind.Text, Name = name, Description = description, Choices = [.. choices.Select(choice => new CommandChoice(choice.Name, choice.Value))] };

    private static CommandOption User() => new() { Kind = CommandOptionKind.User, Name = "person", Description = "Whom.", Required = true };
}
