using System.CommandLine;
using MicroChat.Hosting;
using MicroChat.Options;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Hosting;

namespace MicroChat.Verbs;

/// <summary><c>serve</c>: the host, until it is told to stop.</summary>
internal static class ServeVerb
{
    public const string Name = "serve";

    public static Verb Create(ProgramContext program)
    {
        var model = new Option<string?>("--model") { HelpName = "folder", Description = "Folder of the model. Default: the embedded model in models/." };
        var port = new Option<int?>("--port") { HelpName = "n", Description = "TCP port; 0: any free one." };
        var verb = new Verb(Name, "Serve the chat page and the API until Ctrl-C or SIGTERM.")
        {
            Examples = [$"{CommandLine.Name} {Name}", $"{CommandLine.Name} {Name} --port 9000 --model my-model"],
        };
        verb.Options.Add(model);
        verb.Options.Add(port);
        verb.SetAction((parsed, stop) =>
        {
            var defaults = new AppOptions();
            return RunAsync(program, defaults with
            {
                Model = new ModelOptions { Folder = parsed.GetValue(model) ?? defaults.Model.Folder },
                Server = defaults.Server with { Port = parsed.GetValue(port) ?? defaults.Server.Port },
            }, stop);
        });
        return verb;
    }

    private static async Task<int> RunAsync(ProgramContext program, AppOptions options, CancellationToken stop)
    {
        TextWriter output = program.Terminal.Output;
        if (options.Discord.Token.Length == 0)
        {
            output.WriteLine("No Discord token is set (MICROCHAT_Discord__Token): serving the web page and the API only.");
        }
        await using WebApplication app = WebHost.Build(program, options);
        await app.StartAsync(stop);
        output.WriteLine($"MicroChat listens on {WebHost.Address(app)} (Ctrl-C stops it)");
        output.Flush();
        await app.WaitForShutdownAsync(stop);
        return ExitCode.Ok;
    }
}
