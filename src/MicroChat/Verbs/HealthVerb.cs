using System.CommandLine;
using System.Net;
using MicroChat.Options;

namespace MicroChat.Verbs;

/// <summary><c>health</c>: whether the host on this machine takes requests; for containers and service managers, which need no other tool.</summary>
internal static class HealthVerb
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    public static Verb Create(ProgramContext program)
    {
        var port = new Option<string?>("--port") { HelpName = "n", Description = "TCP port of the host. Default: Server:Port of its options." };
        var verb = new Verb("health", "Ask the host on this machine whether it is ready. Exit code 1: it is not.")
        {
            Examples = [$"{CommandLine.Name} health", $"{CommandLine.Name} health --port 9000"],
        };
        verb.Options.Add(port);
        verb.SetAction(async (parsed, stop) =>
        {
            IEnumerable<OptionSetting> given = parsed.GetValue(port) is { } value ? [new OptionSetting("Server:Port", value, "command line")] : [];
            Uri address = Address(OptionsReader.Read(program, null, given, []).Server);
            using var limit = new CancellationTokenSource(Patience, program.Time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(stop, limit.Token);
            program.Terminal.Output.WriteLine(await AskAsync(address, either.Token));
            return ExitCode.Ok;
        });
        return verb;
    }

    /// <summary>A host that listens on every address listens on this machine's own too.</summary>
    private static Uri Address(ServerOptions server)
    {
        IPAddress listens = IPAddress.Parse(server.Address);
        IPAddress asked = listens.Equals(IPAddress.Any) ? IPAddress.Loopback : listens.Equals(IPAddress.IPv6Any) ? IPAddress.IPv6Loopback : listens;
        return new UriBuilder(Uri.UriSchemeHttp, asked.ToString(), server.Port, "/health/ready").Uri;
    }

    /// <exception cref="CommandException">It is not ready, or does not answer.</exception>
    private static async Task<string> AskAsync(Uri address, CancellationToken cancellationToken)
    {
        try
        {
            using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false });
            using HttpResponseMessage answer = await http.GetAsync(address, cancellationToken);
            string said = await answer.Content.ReadAsStringAsync(cancellationToken);
            return answer.IsSuccessStatusCode ? said : throw CommandException.Failure($"{address} answered {(int)answer.StatusCode}: {said}. Wait while it starts or stops; else its log says what is wrong.");
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException or IOException)
        {
            throw CommandException.Failure($"{address} does not answer within {Patience.TotalSeconds:0} s ({e.GetType().Name}); start it with `{CommandLine.Name} serve`, or correct Server:Address and Server:Port.");
        }
    }
}
