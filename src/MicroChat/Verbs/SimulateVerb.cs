using System.CommandLine;
using System.CommandLine.Parsing;
using MicroChat.Discord.Simulator.Town;
using MicroChat.Discord.Simulator.Town.Golds;
using MicroChat.Options;
using MicroChat.Simulation;
using MicroChat.Training.Data;

namespace MicroChat.Verbs;

/// <summary><c>simulate</c>: a rehearsal of the whole loop with synthetic members.</summary>
internal sealed class SimulateVerb
{
    /// <summary>What the cycles tell while they train.</summary>
    private const string CycleLog = "cycles.log";

    private const string Bank = "data/prompts/town_prompts.jsonl.gz";

    private static readonly TownOptions TownDefaults = new();
    private static readonly SimulationOptions Defaults = new() { Folder = "", Model = "", Gold = GoldPreferences.All[0], Prompts = [] };

    private readonly Option<string> _preference = new("--preference")
    {
        HelpName = "name", Description = $"What members like: {string.Join(", ", GoldPreferences.All.Select(gold => gold.Name))}. The last one tempts the loop to do harm.",
        DefaultValueFactory = _ => GoldPreferences.All[0].Name,
    };

    private readonly Option<string> _out = new("--out") { HelpName = "folder", Description = "New folder of the run: models, feedback, cycles, report.html, simulation.json.", Required = true };
    private readonly Option<string?> _model = new("--model") { HelpName = "folder", Description = "The model to begin with; it is copied. Default: the embedded model in models/." };
    private readonly Option<string?> _prompts = new("--prompts") { HelpName = "file", Description = $"What members ask: JSONL with a field \"prompt\". Default: {Bank} of the checkout." };
    private readonly Option<int> _generations = Number("--generations", "n", "Retraining cycles; 0: members only chat and vote.", Defaults.Generations);
    private readonly Option<int> _conversations = Number("--conversations", "n", "Conversations between two cycles.", Defaults.Conversations);
    private readonly Option<int> _members = Number("--members", "n", "Members of the town.", TownDefaults.Members);
    private readonly Option<double> _trolls = Number("--trolls", "share", "Share of members who vote against the others, at random, or in a band.", TownDefaults.Trolls);
    private readonly Option<double> _noise = Number("--noise", "share", "Share of an honest member's votes that are slips.", TownDefaults.Noise);
    private readonly Option<int> _seed = Number("--seed", "n", "Seed of members, tastes and habits.", TownDefaults.Seed);
    private readonly Option<string[]> _set = new("--set") { HelpName = "Section:Name=value", Description = "Any option of appsettings.json for the host and its cycles; may be repeated." };

    public static Verb Create(ProgramContext program)
    {
        var arguments = new SimulateVerb();
        var verb = new Verb("simulate", "Rehearse the loop: a simulated town chats and votes, a cycle learns from it, the candidate is tried on them, and so on.")
        {
            Examples =
            [
                $"{CommandLine.Name} simulate --preference warmth --out runs/town-warmth",
                $"{CommandLine.Name} simulate --preference flattery --out runs/town-flattery  # must be stopped by a gate",
                $"{CommandLine.Name} simulate --generations 0 --conversations 200 --out runs/votes  # only collects votes: feedback.db in the folder",
            ],
        };
        foreach (Option option in (Option[])[
            arguments._preference, arguments._out, arguments._model, arguments._prompts, arguments._generations, arguments._conversations, arguments._members, arguments._trolls,
            arguments._noise, arguments._seed, arguments._set])
        {
            verb.Options.Add(option);
        }
        verb.SetAction((parsed, cancel) => RunAsync(program, () => arguments.Read(program, parsed), $"{CommandLine.Name} {string.Join(' ', parsed.Tokens.Select(token => token.Value))}", cancel));
        return verb;
    }

    private static async Task<int> RunAsync(ProgramContext program, Func<SimulationOptions> read, string command, CancellationToken cancel)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        using IDisposable interrupt = program.Terminal.OnStop(stop.Cancel);
        var output = TextWriter.Synchronized(program.Terminal.Output);        // conversations end side by side
        SimulationOptions options = read();
        Directory.CreateDirectory(options.Folder);
        await using var log = new StreamWriter(Path.Combine(options.Folder, CycleLog)) { AutoFlush = true };
        SimulationResult result = await new TownSimulation(program, options, (there, host, cancelled) => TownCycle.RunAsync(there, host, command, log, cancelled), output).RunAsync(command, stop.Token);
        SimulationReport.Write(options.Folder, result);
        output.WriteLine(SimulationReport.Text(result));
        output.WriteLine($"Report: {Path.Combine(options.Folder, SimulationReport.PageName)}");
        return ExitCode.Ok;
    }

    private SimulationOptions Read(ProgramContext program, ParseResult parsed)
    {
        string name = parsed.GetValue(_preference)!, folder = Path.GetFullPath(parsed.GetValue(_out)!);
        IGoldPreference gold = GoldPreferences.Find(name) ?? throw CommandException.Usage(
            $"--preference is \"{name}\"; it must be one of {string.Join(", ", GoldPreferences.All.Select(one => one.Name))}.");
        if (File.Exists(folder) || (Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any()))
        {
            throw CommandException.Usage($"--out is {folder}, which is not empty; name a new folder, so that no earlier run is mixed in.");
        }
        var town = TownDefaults with { Members = parsed.GetValue(_members), Trolls = parsed.GetValue(_trolls), Noise = parsed.GetValue(_noise), Seed = parsed.GetValue(_seed) };
        var faults = new List<string>(town.Validate());
        IEnumerable<OptionSetting> settings = OptionSources.Assignments(parsed.GetValue(_set) ?? [], faults);
        if (parsed.GetValue(_generations) is not (>= 0 and <= 100) || parsed.GetValue(_conversations) is not (>= 1 and <= 1_000_000))
        {
            faults.Add("--generations must be from 0 to 100, and --conversations from 1 to 1000000.");
        }
        return faults.Count > 0 ? throw CommandException.Usage(string.Join(' ', faults)) : Defaults with
        {
            Folder = folder,
            Model = ModelFolder.Find(parsed.GetValue(_model), program.BaseFolder),
            Gold = gold,
            Prompts = ReadPrompts(program, parsed.GetValue(_prompts)),
            Generations = parsed.GetValue(_generations),
            Conversations = parsed.GetValue(_conversations),
            Town = town,
            Settings = [.. settings],
        };
    }

    private static string[] ReadPrompts(ProgramContext program, string? file)
    {
        string path = file ?? CheckoutFolder.Find(program.BaseFolder, Bank) ?? throw CommandException.Failure($"there is no {Bank} in {program.BaseFolder} or above it; name a file with --prompts.");
        string[] prompts = [.. Datasets.Prompts(path, new DatasetOptions(), new RowReport()).Select(prompt => prompt.Turns[^1].Content)];
        return prompts.Length >= SimulationOptions.ArenaStride ? prompts
            : throw CommandException.Failure($"{path} has {prompts.Length} prompts; a town needs at least {SimulationOptions.ArenaStride}.");
    }

    private static Option<T> Number<T>(string name, string unit, string description, T usual) =>
        new(name) { HelpName = unit, Description = description, DefaultValueFactory = _ => usual };
}
