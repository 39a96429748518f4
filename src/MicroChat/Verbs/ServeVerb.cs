using System.CommandLine;
using System.CommandLine.Parsing;
using MicroChat.Hosting;
using MicroChat.Options;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Hosting;

namespace MicroChat.Verbs;

/// <summary><c>serve</c>: the host, until it is told to stop.</summary>
internal static class ServeVerb
{
    public const string Name = "serve";

    private const string CommandLineOrigin = "command line";

    public static Verb Create(ProgramContext program)
    {
        (Option<string?> Option, string Key)[] shortcuts =
        [
            (new("--model") { HelpName = "folder", Description = "Folder of the model. Default: the embedded model in models/." }, "Model:Folder"),
            (new("--address") { HelpName = "ip", Description = "Address to listen on. Default: 127.0.0.1, which is this machine only." }, "Server:Address"),
            (new("--port") { HelpName = "n", Description = "TCP port; 0: any free one. Default: 8484." }, "Server:Port"),
        ];
        var set = new Option<string[]>("--set") { HelpName = "Section:Name=value", Description = "Any option of appsettings.json; may be repeated.", AllowMultipleArgumentsPerToken = false };
        var config = new Option<string?>("--config") { HelpName = "file", Description = "Options file. Default: appsettings.json beside the program." };
        var verb = new Verb(Name, "Serve the chat page and the API until Ctrl-C or SIGTERM.")
        {
            Examples =
            [
                $"{CommandLine.Name} {Name}",
                $"{CommandLine.Name} {Name} --port 9000 --model my-model",
                $"MICROCHAT_Server__OperatorKey=$(openssl rand -hex 16) {CommandLine.Name} {Name} --address 0.0.0.0",
            ],
        };
        foreach ((Option<string?> option, _) in shortcuts)
        {
            verb.Options.Add(option);
        }
        verb.Options.Add(set);
        verb.Options.Add(config);
        verb.SetAction((parsed, stop) =>
        {
            var faults = new List<string>();
            IEnumerable<OptionSetting> given =
            [
                .. from shortcut in shortcuts
                   let value = parsed.GetValue(shortcut.Option)
                   where value is not null
                   select new OptionSetting(shortcut.Key, value, CommandLineOrigin),
                .. OptionSources.Assignments(parsed.GetValue(set) ?? [], faults),
            ];
            return ServeAsync(program, OptionsReader.Read(program, parsed.GetValue(config), given, faults), stop);
        });
        return verb;
    }

    private static async Task<int> ServeAsync(ProgramContext program, AppOptions options, CancellationToken stop)
    {
        TextWriter output = program.Terminal.Output;
        if (options.Discord.Token.Length == 0)
        {
            output.WriteLine("No Discord token is set (MICROCHAT_Discord__Token): serving the web page and the API only.");
        }
        await using WebApplication app = WebHost.Build(program, options);
        await WebHost.StartAsync(app, options.Server, stop);
        output.WriteLine($"MicroChat listens on {WebHost.Address(app)} (Ctrl-C stops it)");
        output.Flush();
        await app.WaitForShutdownAsync(stop);
        return ExitCode.Ok;
    }
}
