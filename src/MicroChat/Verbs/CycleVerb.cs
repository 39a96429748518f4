using System.CommandLine;
using System.CommandLine.Parsing;
using MicroChat.Chat.Registry;
using MicroChat.Cycles;
using MicroChat.Feedback.Sqlite;
using MicroChat.Kernels;
using MicroChat.Options;
using MicroChat.Training.Stages;

namespace MicroChat.Verbs;

/// <summary><c>train cycle</c>: from the collected feedback to a candidate that passed every gate, or to the reason why there is none.</summary>
internal static class CycleVerb
{
    public const string Name = "cycle";

    private const string CommandLineOrigin = "command line";

    public static Verb Create(ProgramContext program)
    {
        (Option<string?> Option, string Key)[] shortcuts =
        [
            (new("--model") { HelpName = "folder", Description = "Folder of the model and its generations. Default: the embedded model in models/." }, "Model:Folder"),
            (new("--database") { HelpName = "file", Description = "The feedback. Default: feedback.db in this user's local application data." }, "Feedback:Database"),
            (new("--runs") { HelpName = "folder", Description = "Folder of the runs; the cycle goes into its \"cycles\". Default: runs." }, "Page:RunsFolder"),
            (new("--method") { HelpName = "name", Description = "Auto, Kto, Dpo, BestOfN or Ppo. Default: Auto, by the amount of data." }, "Training:Cycle:Method"),
            (new("--seed") { HelpName = "n", Description = "Seed of everything that is drawn. Default: 1." }, "Training:Cycle:Seed"),
            (new("--threads") { HelpName = "n", Description = "Threads that compute. Default: all processors." }, "Training:Cycle:Threads"),
        ];
        var set = new Option<string[]>("--set") { HelpName = "Section:Name=value", Description = "Any option of appsettings.json, such as Training:Cycle:PpoSteps=20; may be repeated.", AllowMultipleArgumentsPerToken = false };
        var config = new Option<string?>("--config") { HelpName = "file", Description = "Options file. Default: appsettings.json beside the program." };
        var anew = new Option<bool>("--new") { Description = "Give a cycle up that is not over, and begin another." };
        var verb = new Verb(Name, "Learn from the collected feedback: reward models, policy, gates, a candidate. Killed at any point, the same command goes on.")
        {
            Examples =
            [
                $"{CommandLine.Name} train cycle",
                $"{CommandLine.Name} train cycle --method Kto --set Training:Cycle:LeastPersons=5 --runs runs",
            ],
        };
        foreach (Option option in (Option[])[.. shortcuts.Select(shortcut => shortcut.Option), set, config, anew])
        {
            verb.Options.Add(option);
        }
        verb.SetAction((parsed, _) =>
        {
            IEnumerable<OptionSetting> given =
                from shortcut in shortcuts
                let value = parsed.GetValue(shortcut.Option)
                where value is not null
                select new OptionSetting(shortcut.Key, value, CommandLineOrigin);
            AppOptions options = Read(program, parsed.GetValue(config), given, parsed.GetValue(set) ?? []);
            return RunAsync(program, options, parsed.GetValue(anew), [.. parsed.Tokens.Select(token => token.Value)]);
        });
        return verb;
    }

    private static AppOptions Read(ProgramContext program, string? config, IEnumerable<OptionSetting> shortcuts, string[] assignments)
    {
        var faults = new List<string>();
        OptionSetting[] given = [.. shortcuts, .. OptionSources.Assignments(assignments, faults)];
        return OptionsReader.Read(program, config, given, faults);
    }

    private static async Task<int> RunAsync(ProgramContext program, AppOptions options, bool anew, string[] words)
    {
        CpuFeatures.Require();
        CycleOptions cycle = options.Training.Cycle;
        string model = ModelFolder.Find(options.Model.Folder is "" ? null : options.Model.Folder, program.BaseFolder);
        string database = FeedbackDatabase.PathOf(program, options.Feedback.Database);
        await using SqliteFeedbackStore store = FeedbackDatabase.OpenExisting(program, database);
        using var stop = new CancellationTokenSource();
        using IDisposable interrupt = program.Terminal.OnStop(stop.Cancel);
        int columns = program.Terminal.IsOutputRedirected ? 0 : program.Terminal.Width;
        var context = new StageContext(program.Terminal.Output, columns, program.Time, $"{CommandLine.Name} {string.Join(' ', words)}", cycle.Threads == 0 ? Environment.ProcessorCount : cycle.Threads);
        CycleState state = await CycleRun.RunAsync(
            new CyclePlan
            {
                Runs = Path.GetFullPath(options.Page.RunsFolder), Registry = new ModelRegistry(model, program.Time), Options = cycle, Inputs = CycleInputs.Find(cycle, program.BaseFolder), Anew = anew,
                Export = (folder, cancel) => store.ExportSnapshotAsync(folder, options.Training.Snapshot, cancel),
            },
            context, stop.Token);
        program.Terminal.Output.WriteLine(state.Verdict.State == CycleVerdictState.Running
            ? "Stopped; what is done is saved. The same command goes on from there." : $"Report: {new CyclePaths(Path.Combine(Path.GetFullPath(options.Page.RunsFolder), CycleFile.FolderName, state.Id)).Report}");
        return state.Verdict.State == CycleVerdictState.Running ? ExitCode.Cancelled : ExitCode.Ok;
    }
}
