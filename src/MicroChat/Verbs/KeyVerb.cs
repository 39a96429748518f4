using System.CommandLine;
using MicroChat.Api;
using MicroChat.Options;

namespace MicroChat.Verbs;

/// <summary><c>key</c>: the keys that programs call the API with.</summary>
internal static class KeyVerb
{
    private const int LongestName = 64;

    public static Verb Create(ProgramContext program)
    {
        var verb = new Verb("key", "Make, list and remove the keys that programs call the API with.")
        {
            Examples = [$"{CommandLine.Name} key add laptop", $"{CommandLine.Name} key list", $"{CommandLine.Name} key remove laptop"],
        };
        verb.Subcommands.Add(Named(program, "add", "Make a key and print it; it is not kept and cannot be shown again.", (file, name) =>
            program.Terminal.Output.WriteLine(file.Add(name, program.Time.GetUtcNow()))));
        verb.Subcommands.Add(Named(program, "remove", "Remove a key; a running host takes note within seconds.", (file, name) => file.Remove(name)));
        var list = new Verb("list", "List the names of the keys and when they were made.") { Examples = [$"{CommandLine.Name} key list"] };
        list.SetAction(_ =>
        {
            foreach (ApiKey key in Find(program).Read())
            {
                program.Terminal.Output.WriteLine($"{key.Created:yyyy-MM-dd HH:mm}  {key.Name}");
            }
            return ExitCode.Ok;
        });
        verb.Subcommands.Add(list);
        return verb;
    }

    private static Verb Named(ProgramContext program, string name, string description, Action<ApiKeyFile, string> act)
    {
        var argument = new Argument<string>("name") { Description = "What the key is called." };
        var verb = new Verb(name, description) { Examples = [$"{CommandLine.Name} key {name} laptop"] };
        verb.Arguments.Add(argument);
        verb.SetAction(parsed =>
        {
            string given = parsed.GetValue(argument)!;
            if (given.Length is 0 or > LongestName || !given.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.'))
            {
                throw CommandException.Usage($"the name must have 1 to {LongestName} letters, digits, dots, hyphens or underscores.");
            }
            act(Find(program), given);
            return ExitCode.Ok;
        });
        return verb;
    }

    private static ApiKeyFile Find(ProgramContext program) =>
        ApiKeyFile.Of(OptionsReader.Read(program, null, [], []).Server, program.DataFolder);
}
