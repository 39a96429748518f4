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

    private static readonly Option<int> Port = new("--port") { HelpName = "n", Description = "TCP port; 0: any free one. Default: 0." };

    private static readonly Option<string> Address = new("--address")
    {
        HelpName = "ip",
        Description = "Address to listen on. Default: 127.0.0.1, which is this machine only.",
        DefaultValueFactory = _ => "127.0.0.1",
    };

    private static readonly Option<string?> Token = new("--token") { HelpName = "text", Description = "The bot's token. Default: one that is made up." };

    private static readonly Option<int> Shards = new("--shards") { HelpName = "n", Description = "Shards that the bot is told to use. Default: 1.", DefaultValueFactory = _ => 1 };

    private static readonly Option<double> Heartbeat = new("--heartbeat-seconds")
    {
        HelpName = "s",
        Description = "How often the bot must send a heartbeat. Default: 41.25.",
        DefaultValueFactory = _ => 41.25,
    };

    private static readonly Option<bool> NoContent = new("--no-message-content") { Description = "The application was not given the MESSAGE_CONTENT intent." };

    private static readonly Option<FileInfo?> ScriptFile = new("--script")
    {
        HelpName = "file",
        Description = "Lines to act before those that are typed; \"quit\" ends the simulation.",
    };

    private static readonly Option<bool> Verbose = new("--verbose") { Description = "Also show every request and heartbeat of the bot." };

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
        foreach (Option option in (Option[])[Port, Address, Token, Shards, Heartbeat, NoContent, ScriptFile, Verbose])
        {
            verb.Options.Add(option);
        }
        verb.SetAction((parsed, cancel) => RunAsync(program, Read(program, parsed), ReadScript(parsed.GetValue(ScriptFile)), parsed.GetValue(Verbose), cancel));
        return verb;
    }

    private static SimulatorOptions Read(ProgramContext program, ParseResult parsed)
    {
        double heartbeat = parsed.GetValue(Heartbeat);
        if (heartbeat is not (>= 0.1 and <= 3600))
        {
            throw CommandException.Usage($"--heartbeat-seconds is {heartbeat}; it must be from 0.1 to 3600.");
        }
        return new SimulatorOptions
        {
            Port = Within("--port", parsed.GetValue(Port), 0, IPEndPoint.MaxPort),
            Address = ReadAddress(parsed.GetValue(Address)!),
            Token = parsed.GetValue(Token),
            Shards = Within("--shards", parsed.GetValue(Shards), 1, 1000),
            HeartbeatInterval = TimeSpan.FromSeconds(heartbeat),
            MessageContentIntent = !parsed.GetValue(NoContent),
            Time = program.Time,
            Seed = (int)program.NewSeed(),
        };
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

    private static int Within(string name, int value, int smallest, int largest) => value >= smallest && value <= largest ? value
        : throw CommandException.Usage($"{name} is {value}; it must be from {smallest} to {largest}.");

    private static string ReadAddress(string text) => IPAddress.TryParse(text, out _) ? text
        : throw CommandException.Usage($"--address is \"{text}\"; it must be an IP address such as 127.0.0.1.");

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
}
