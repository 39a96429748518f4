using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Parsing;
using MicroChat.Options;
using MicroChat.Verbs;

namespace MicroChat;

/// <summary>Finds the verb that the arguments name, runs it, and turns every failure into one line and an exit code.</summary>
internal static class CommandLine
{
    public const string Name = "microchat";

    private const string TraceVariable = "MICROCHAT_TRACE";

    /// <summary>Runs the program; never throws.</summary>
    /// <param name="verbs">
    /// In the order in which help lists them. Without arguments, the first one runs in a terminal, and <see cref="ServeVerb"/> elsewhere.
    /// </param>
    /// <returns>One of <see cref="ExitCode"/>.</returns>
    public static async Task<int> RunAsync(ProgramContext program, string[] args, IReadOnlyList<Verb> verbs)
    {
        if (args.Length == 0)
        {
            args = [program.Terminal.IsInteractive ? verbs[0].Name : ServeVerb.Name];
        }
        ParseResult parsed = Root(verbs).Parse(args);
        if (parsed.Errors.Count > 0 && parsed.Action?.ClearsParseErrors != true)
        {
            return Refuse(program, Explain(parsed, verbs), HelpOf(parsed));
        }
        return await InvokeAsync(program, parsed);
    }

    private static Command Root(IReadOnlyList<Verb> verbs)
    {
        var root = new Command(Name, "A chatbot that runs and trains its own language model on this machine.");
        var help = new HelpOption { Description = "Show help for the program or for a verb." };
        help.Action = new HelpWithExamples((HelpAction)help.Action!);
        root.Options.Add(help);
        foreach (Verb verb in verbs)
        {
            root.Subcommands.Add(verb);
        }
        return root;
    }

    private static async Task<int> InvokeAsync(ProgramContext program, ParseResult parsed)
    {
        var configuration = new InvocationConfiguration
        {
            Output = program.Terminal.Output,
            Error = program.Terminal.Error,
            EnableDefaultExceptionHandler = false,
            ProcessTerminationTimeout = null,
        };
        try
        {
            return await parsed.InvokeAsync(configuration);
        }
        catch (OperationCanceledException)
        {
            return Report(program, "Cancelled.", ExitCode.Cancelled, null);
        }
        catch (CommandException e) when (e.ExitCode == ExitCode.Usage)
        {
            return Refuse(program, e.Message, HelpOf(parsed));
        }
        catch (OptionsException e)
        {
            return e.Faults.Select(fault => Report(program, fault, ExitCode.Usage, null)).Max();
        }
        catch (CommandException e)
        {
            return Report(program, e.Message, e.ExitCode, e);
        }
        catch (Exception e)       // the program's edge: whatever went wrong below becomes one line and an exit code
        {
            return Report(program, e.Message, ExitCode.Failure, e);
        }
    }

    private static int Report(ProgramContext program, string message, int exitCode, Exception? trace)
    {
        TextWriter error = program.Terminal.Error;
        error.WriteLine($"{Name}: {OneLine(message)}");
        if (trace is not null && program.Variable(TraceVariable) == "1")
        {
            error.WriteLine(trace);
        }
        return exitCode;
    }

    private static int Refuse(ProgramContext program, string message, string help) =>
        Report(program, $"{message} See: {help}", ExitCode.Usage, null);

    private static string Explain(ParseResult parsed, IReadOnlyList<Verb> verbs)
    {
        if (parsed.CommandResult.Parent is null)
        {
            string word = parsed.UnmatchedTokens.Count > 0 ? parsed.UnmatchedTokens[0] : parsed.Tokens[0].Value;
            string suggestion = Suggestion.For(word, verbs.Select(v => v.Name).Append("--help"));
            return $"there is no verb \"{word}\".{suggestion}";
        }
        string first = parsed.Errors[0].Message;
        if (parsed.UnmatchedTokens.FirstOrDefault(t => t.StartsWith('-')) is { } option)
        {
            IEnumerable<string> known = parsed.CommandResult.Command.Options.Select(o => o.Name);
            first = $"there is no option \"{option}\".{Suggestion.For(option, known)}";
        }
        return first;
    }

    private static string HelpOf(ParseResult parsed)
    {
        var names = new List<string>();
        for (SymbolResult? at = parsed.CommandResult; at is CommandResult command; at = at.Parent)
        {
            names.Insert(0, command.Command.Name);
        }
        return string.Join(' ', names) + " --help";
    }

    private static string OneLine(string text) => text.ReplaceLineEndings(" ");
}
