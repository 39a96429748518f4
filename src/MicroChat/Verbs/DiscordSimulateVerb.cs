using System.CommandLine;
using System.Net;
using MicroChat.Discord.Simulator;
using MicroChat.Discord.Simulator.Journals;
using MicroChat.Discord.Simulator.Scripting;
using MicroChat.Terminal;

namespace MicroChat.Verbs;

/// <summary><c>discord simulate</c>: a Discord of one's own, in which the operator plays the people.</summary>
internal static class DiscordSimulateVerb
{
    private const string Quit = "quit";
    private const int Refused = 400;

    public static Verb Create(ProgramContext program)
    {
        var verb = new Verb("simulate", "Run a simulated Discord, speak in it as its members, and see what the bot does. \"help\" lists what can be said.")
        {
            Examples =
            [
                $"{CommandLine.Name} discord simulate --port 4000",
                $"{CommandLine.Name} discord simulate --script rehearsal.txt  # lines such as: alice: @bot hi",
                $"echo 'fail reconnect' | {CommandLine.Name} discord simulate --shards 2",
            ],
        };
        var arguments = new Arguments();
        foreach (Option option in arguments.All)
        {
            verb.Options.Add(option);
        }
        verb.SetAction((parsed, cancel) => RunAsync(program, arguments.Read(program, parsed), ReadScript(parsed.GetValue(arguments.Script)), parsed.GetValue(arguments.Verbose), cancel));
        return verb;
    }

    private static async Task<int> RunAsync(ProgramContext program, SimulatorOptions options, IReadOnlyList<string> lines, bool verbose, CancellationToken cancel)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        using IDisposable interrupt = program.Terminal.OnStop(stop.Cancel);
        await using DiscordSimulator simulator = await StartAsync(options, stop.Token);
        var output = TextWriter.Synchronized(program.Terminal.Output);
        simulator.Narrated += line => Show(output, program.Time, line);
        simulator.Journal.Added += entry => Show(output, program.Time, entry, verbose);
        Explain(output, simulator);
        using var script = new Script(simulator);
        try
        {
            bool goesOn = await ActAsync(script, lines, output, stop.Token) && await ActTypedAsync(script, program.Terminal.Input, output, stop.Token);
            if (goesOn)
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, program.Time, stop.Token);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            output.WriteLine("Stopped.");
        }
        Summarise(output, simulator.Journal);
        return ExitCode.Ok;
    }

    private static async Task<DiscordSimulator> StartAsync(SimulatorOptions options, CancellationToken cancel)
    {
        try
        {
            return await DiscordSimulator.StartAsync(options, cancel);
        }
        catch (IOException e)
        {
            throw CommandException.Failure($"cannot listen on {options.Address} port {options.Port}: {e.Message.TrimEnd('.')}. Choose another with --port (0: any free one), or end the program that has it.");
        }
    }

    /// <summary>Acts lines in order; false when one of them said to stop.</summary>
    private static async Task<bool> ActAsync(Script script, IEnumerable<string> lines, TextWriter output, CancellationToken cancel)
    {
        foreach (string line in lines)
        {
            if (line.Trim() == Quit)
            {
                return false;
            }
            ScriptResult result = await script.RunAsync(line, cancel);
            if (!result.IsDone || line.Trim() == "help")
            {
                output.WriteLine(SafeText.ForTerminal(result.Text));
                output.Flush();
            }
        }
        return true;
    }

    private static async Task<bool> ActTypedAsync(Script script, TextReader input, TextWriter output, CancellationToken cancel)
    {
        while (await Task.Run(input.ReadLine, CancellationToken.None).WaitAsync(cancel) is { } line)        // a console's reads cannot be cancelled
        {
            if (!await ActAsync(script, [line], output, cancel))
            {
                return false;
            }
        }
        return true;
    }

    private static void Explain(TextWriter output, DiscordSimulator simulator)
    {
        output.WriteLine($"A simulated Discord listens on {simulator.Url} (Ctrl-C or \"{Quit}\" stops it, \"help\" lists what can be said)");
        output.WriteLine($"  API      {simulator.ApiUrl}");
        output.WriteLine($"  gateway  {simulator.GatewayUrl}");
        output.WriteLine($"  token    {simulator.Token}");
        output.WriteLine("Start the bot against it in another terminal:");
        output.WriteLine($"  MICROCHAT_Discord__ApiBase={simulator.ApiUrl} MICROCHAT_Discord__Token={simulator.Token} {CommandLine.Name} serve");
        output.Flush();
    }

    private static void Show(TextWriter output, TimeProvider time, string line)
    {
        output.WriteLine($"{time.GetLocalNow():HH:mm:ss} {SafeText.ForTerminal(line.ReplaceLineEndings("\n         "))}");
        output.Flush();
    }

    private static void Show(TextWriter output, TimeProvider time, JournalEntry entry, bool verbose)
    {
        if (entry.Kind == JournalKind.Rest && (verbose || entry.Status is 0 or >= Refused))
        {
            string cause = entry.IsScripted ? " (as the script says)" : entry.ErrorCode != 0 ? $" (error {entry.ErrorCode})" : "";
            Show(output, time, $"{entry.Route} answered {entry.Status}{cause} {entry.Detail}".TrimEnd());
        }
        else if (verbose && entry.Kind == JournalKind.Heartbeat)
        {
            Show(output, time, $"heartbeat of shard {entry.Shard}, {entry.Lateness.TotalMilliseconds:0} ms late");
        }
    }

    private static void Summarise(TextWriter output, Journal journal)
    {
        output.WriteLine($"{journal.Requests} requests, {journal.UnexpectedRateLimits} of them beyond a limit; {journal.Identifies} logins, {journal.Resumes} resumes; "
            + $"{journal.Heartbeats} heartbeats, the latest one {journal.WorstHeartbeatLateness.TotalMilliseconds:0} ms late, {journal.MissedHeartbeats} missed.");
        output.Flush();
    }

    private static string[] ReadScript(FileInfo? file)
    {
        try
        {
            return file is null ? [] : File.ReadAllLines(file.FullName);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw CommandException.Failure($"the script {file!.FullName} cannot be read: {e.Message.TrimEnd('.')}. Name a text file.");
        }
    }

    /// <summary>What the command line can say.</summary>
    private sealed class Arguments
    {
        private readonly Option<int> port = new("--port") { HelpName = "n", Description = "TCP port; 0: any free one. Default: 0." };

        private readonly Option<string> address = new("--address")
        {
            HelpName = "ip",
            Description = "Address to listen on. Default: 127.0.0.1, which is this machine only.",
            DefaultValueFactory = _ => "127.0.0.1",
        };

        private readonly Option<string?> token = new("--token") { HelpName = "text", Description = "The bot's token. Default: one that is made up." };

        private readonly Option<int> shards = new("--shards") { HelpName = "n", Description = "Shards that the bot is told to use. Default: 1.", DefaultValueFactory = _ => 1 };

        private readonly Option<double> heartbeat = new("--heartbeat-seconds")
        {
            HelpName = "s",
            Description = "How often the bot must send a heartbeat. Default: 41.25.",
            DefaultValueFactory = _ => 41.25,
        };

        private readonly Option<bool> noContent = new("--no-message-content") { Description = "The application was not given the MESSAGE_CONTENT intent." };

        public Option<FileInfo?> Script { get; } = new("--script")
        {
            HelpName = "file",
            Description = "Lines to act before those that are typed; \"quit\" ends the simulation.",
        };

        public Option<bool> Verbose { get; } = new("--verbose") { Description = "Also show every request and heartbeat of the bot." };

        public IEnumerable<Option> All => [port, address, token, shards, heartbeat, noContent, Script, Verbose];

        public SimulatorOptions Read(ProgramContext program, ParseResult parsed)
        {
            double seconds = parsed.GetValue(heartbeat);
            if (seconds is not (>= 0.1 and <= 3600))
            {
                throw CommandException.Usage($"--heartbeat-seconds is {seconds}; it must be from 0.1 to 3600.");
            }
            return new SimulatorOptions
            {
                Port = Within("--port", parsed.GetValue(port), 0, IPEndPoint.MaxPort),
                Address = ReadAddress(parsed.GetValue(address)!),
                Token = parsed.GetValue(token),
                Shards = Within("--shards", parsed.GetValue(shards), 1, 1000),
                HeartbeatInterval = TimeSpan.FromSeconds(seconds),
                MessageContentIntent = !parsed.GetValue(noContent),
                Time = program.Time,
                Seed = (int)program.NewSeed(),
            };
        }

        private static int Within(string name, int value, int smallest, int largest) => value >= smallest && value <= largest ? value
            : throw CommandException.Usage($"{name} is {value}; it must be from {smallest} to {largest}.");

        private static string ReadAddress(string text) => IPAddress.TryParse(text, out _) ? text
            : throw CommandException.Usage($"--address is \"{text}\"; it must be an IP address such as 127.0.0.1.");
    }
}
