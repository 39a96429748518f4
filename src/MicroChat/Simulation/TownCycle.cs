using MicroChat.Cycles;
using MicroChat.Training.Stages;

namespace MicroChat.Simulation;

/// <summary>A retraining cycle that came to its end.</summary>
/// <param name="State">What cycle.json says.</param>
/// <param name="Snapshot">Folder of what it learned from.</param>
/// <param name="Took">Real time.</param>
internal sealed record TownCycle(CycleState State, string Snapshot, TimeSpan Took)
{
    /// <summary>Runs the cycle of <c>train cycle</c> on a town's feedback, with the town's calendar: what is a week old there is a week old to it.</summary>
    /// <param name="program">The outside world, its clock the town's.</param>
    /// <param name="host">Whose feedback and generations.</param>
    /// <param name="command">The command line of the simulation.</param>
    /// <param name="log">Takes what the cycle tells.</param>
    /// <param name="stop">Stops it.</param>
    /// <exception cref="CycleException">It stands still at an error.</exception>
    public static async Task<TownCycle> RunAsync(ProgramContext program, TownHost host, string command, TextWriter log, CancellationToken stop)
    {
        Options.AppOptions options = host.Options;
        string runs = Path.GetFullPath(options.Page.RunsFolder);
        long began = program.Time.GetTimestamp();
        var plan = new CyclePlan
        {
            Runs = runs, Registry = host.Registry, Options = options.Training.Cycle, Inputs = CycleInputs.Find(options.Training.Cycle, program.BaseFolder),
            Export = (folder, cancel) => host.Store.ExportSnapshotAsync(folder, options.Training.Snapshot, cancel),
        };
        int threads = options.Training.Cycle.Threads == 0 ? Environment.ProcessorCount : options.Training.Cycle.Threads;
        var context = new StageContext(log, 0, program.Time, command, threads);
        CycleState state = await Task.Run(() => CycleRun.RunAsync(plan, context, stop), CancellationToken.None);
        stop.ThrowIfCancellationRequested();
        return new TownCycle(state, new CyclePaths(Path.Combine(runs, CycleFile.FolderName, state.Id)).Snapshot, program.Time.GetElapsedTime(began));
    }
}
