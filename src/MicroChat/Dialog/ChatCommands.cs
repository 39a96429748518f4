using System.Globalization;
using MicroChat.Chat;
using MicroChat.Model.Sampling;
using MicroChat.Terminal;

namespace MicroChat.Dialog;

/// <summary>A slash command.</summary>
/// <param name="Argument">As help shows it; empty: takes none.</param>
/// <param name="Run">Gets what stands after the name, trimmed.</param>
internal sealed record ChatCommand(string Name, string Argument, string Help, Func<ChatState, string, Task> Run);

/// <summary>Everything that can be said to the program instead of to the model.</summary>
internal static class ChatCommands
{
    public const char Mark = '/';

    public static IReadOnlyList<ChatCommand> All { get; } =
    [
        Of("help", "", "list the commands", Help),
        new("up", "", "rate the last reply: good", (state, _) => RateAsync(state, +1)),
        new("down", "", "rate the last reply: bad", (state, _) => RateAsync(state, -1)),
        new("retry", "", "replace the last reply by a new one", (state, _) => state.RetryAsync()),
        Of("undo", "", "take the last message and its reply back", Undo),
        Of("reset", "", "forget the whole conversation", Reset),
        Of("system", "[text]", "show or set the system prompt; \"off\" removes it", SystemPrompt),
        Of("temperature", "[x]", "show or set the temperature; 0 is greedy",
            (state, text) => Set(state, "temperature", text, s => s.Temperature, (s, x) => s with { Temperature = x })),
        Of("top-p", "[x]", "show or set the nucleus' mass, 0 to 1",
            (state, text) => Set(state, "top-p", text, s => s.TopP, (s, x) => s with { TopP = x })),
        Of("top-k", "[n]", "show or set how many tokens to draw from; 0 is all",
            (state, text) => Set(state, "top-k", text, s => s.TopK, (s, x) => s with { TopK = Whole(x) })),
        Of("min-p", "[x]", "show or set the least probability, as a fraction of the best",
            (state, text) => Set(state, "min-p", text, s => s.MinP, (s, x) => s with { MinP = x })),
        Of("repetition-penalty", "[x]", "show or set it; 1 is off",
            (state, text) => Set(state, "repetition-penalty", text, s => s.RepetitionPenalty, (s, x) => s with { RepetitionPenalty = x })),
        Of("max-tokens", "[n]", "show or set the longest reply, in tokens",
            (state, text) => Set(state, "max-tokens", text, s => s.MaxReplyTokens, (s, x) => s with { MaxReplyTokens = Whole(x) })),
        Of("seed", "[n]", "show or fix the seed; \"off\" draws fresh ones", Seed),
        Of("save", "file", "save the conversation as chat JSONL", Save),
        Of("stats", "", "show tokens, speed and settings", (state, _) => ChatStatistics.Print(state)),
        Of("exit", "", "leave; so do Ctrl-D, and Ctrl-C twice", (state, _) => state.IsOver = true),
    ];

    /// <summary>Whether a line is a command; two marks begin a message that starts with one.</summary>
    public static bool IsCommand(string line) => line.Length > 0 && line[0] == Mark && !IsEscaped(line);

    /// <summary>The message that a line which is no command stands for.</summary>
    public static string Unescape(string line) => IsEscaped(line) ? line[1..] : line;

    /// <summary>Runs the command in <paramref name="line"/>.</summary>
    /// <exception cref="CommandException">There is no such command, or it cannot do what is asked; nothing changed.</exception>
    public static Task RunAsync(ChatState state, string line)
    {
        string[] parts = line[1..].Split((char[]?)null, 2, StringSplitOptions.TrimEntries);
        string name = parts[0] == "quit" ? "exit" : parts[0].ToLowerInvariant();
        ChatCommand command = All.FirstOrDefault(c => c.Name == name)
            ?? throw CommandException.Failure(
                $"there is no command {Mark}{SafeText.ForTerminal(parts[0])}.{Suggestion.For(line.Split(' ')[0], All.Select(c => Mark + c.Name))} {Mark}help lists them; " +
                $"begin with {Mark}{Mark} to send such a text.");
        string argument = parts.Length > 1 ? parts[1] : "";
        if (command.Argument.Length == 0 && argument.Length > 0)
        {
            throw CommandException.Failure($"{Mark}{command.Name} takes nothing after it; leave \"{SafeText.ForTerminal(argument)}\" away.");
        }
        return command.Run(state, argument);
    }

    private static bool IsEscaped(string line) => line.Length > 1 && line[0] == Mark && line[1] == Mark;

    private static ChatCommand Of(string name, string argument, string help, Action<ChatState, string> run) =>
        new(name, argument, help, (state, text) =>
        {
            run(state, text);
            return Task.CompletedTask;
        });

    private static void Help(ChatState state, string _)
    {
        int column = All.Max(c => c.Name.Length + c.Argument.Length) + 4;
        foreach (ChatCommand command in All)
        {
            state.Output.WriteLine($"  {$"{Mark}{command.Name} {command.Argument}".PadRight(column)}{command.Help}");
        }
        state.Output.WriteLine("  A backslash at the end of a line continues the message on the next one. Ctrl-C stops a reply.");
    }

    private static async Task RateAsync(ChatState state, int rating)
    {
        if (state.Session.Exchanges.Count == 0)
        {
            throw CommandException.Failure("there is no reply to rate yet; say something first.");
        }
        await state.Feedback.RateAsync(state.Session, state.Sampling, rating);
        state.Output.WriteLine($"Noted {(rating > 0 ? "👍" : "👎")} in {state.Feedback.Path}");
    }

    private static void Undo(ChatState state, string _)
    {
        Exchange undone = state.Session.Undo() ?? throw CommandException.Failure("there is nothing to take back.");
        state.Output.WriteLine($"Took back: {Shorten(undone.Message)}");
    }

    private static void Reset(ChatState state, string _)
    {
        state.Session.Reset();
        state.Feedback.StartConversation();
        state.Output.WriteLine("The conversation starts anew.");
    }

    private static void SystemPrompt(ChatState state, string text)
    {
        if (text.Length > 0)
        {
            state.Session.SystemPrompt = text == "off" ? null : text;
        }
        state.Output.WriteLine($"system: {SafeText.ForTerminal(state.Session.SystemPrompt ?? "(the model's own)")}");
    }

    private static void Set(
        ChatState state, string name, string text, Func<SamplingOptions, double> get, Func<SamplingOptions, double, SamplingOptions> set)
    {
        if (text.Length > 0)
        {
            if (!double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value))
            {
                throw CommandException.Failure($"{Mark}{name} needs a number, not \"{SafeText.ForTerminal(text)}\"; it is still {get(state.Sampling)}.");
            }
            SamplingOptions changed = set(state.Sampling, value);
            IReadOnlyList<string> faults = changed.Validate();
            state.Sampling = faults.Count == 0 ? changed : throw CommandException.Failure(string.Join(' ', faults));
        }
        state.Output.WriteLine($"{name}: {get(state.Sampling)}");
    }

    private static int Whole(double value) => value == Math.Floor(value) && Math.Abs(value) <= int.MaxValue
        ? (int)value
        : throw CommandException.Failure($"{value} is no whole number; nothing changed.");

    private static void Seed(ChatState state, string text)
    {
        if (text == "off")
        {
            state.Seeds.Start = null;
        }
        else if (text.Length > 0)
        {
            state.Seeds.Start = long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long seed)
                ? seed
                : throw CommandException.Failure($"{Mark}seed needs a whole number or \"off\", not \"{SafeText.ForTerminal(text)}\"; nothing changed.");
        }
        state.Output.WriteLine($"seed: {state.Seeds.Start?.ToString(CultureInfo.InvariantCulture) ?? "a fresh one for every reply"}");
    }

    private static void Save(ChatState state, string path)
    {
        if (path.Length == 0 || state.Session.Exchanges.Count == 0)
        {
            throw CommandException.Failure(path.Length == 0
                ? $"{Mark}save needs a file name, for example {Mark}save talk.jsonl"
                : "there is no conversation to save yet.");
        }
        string full = Path.GetFullPath(path);
        Transcript.Save(full, state.Session.SystemPrompt, state.Session.Exchanges);
        state.Output.WriteLine($"Saved {state.Session.Exchanges.Count} exchanges to {full}");
    }

    private static string Shorten(string text)
    {
        const int Shown = 60;
        string line = SafeText.ForTerminal(text.ReplaceLineEndings(" "));
        return line.Length <= Shown ? line : line[..Shown] + "…";
    }
}
