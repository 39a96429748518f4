using MicroChat.Chat.Registry;
using MicroChat.Cycles;
using MicroChat.Discord.Simulator;
using MicroChat.Discord.Simulator.Town;

namespace MicroChat.Simulation;

/// <summary>
/// Rehearses the whole loop: a town of synthetic members chats with the real host in the simulated Discord, a retraining cycle learns from their
/// votes, its candidate is tried on them, and they live on with what came of it.
/// </summary>
/// <param name="program">The outside world.</param>
/// <param name="options">What is simulated.</param>
/// <param name="train">Runs a retraining cycle on the host's feedback to its end; its program has the town's clock.</param>
/// <param name="output">Told how it goes.</param>
internal sealed class TownSimulation(ProgramContext program, SimulationOptions options, Func<ProgramContext, TownHost, CancellationToken, Task<TownCycle>> train, TextWriter output)
{
    /// <summary>A trial is looked at after every such part of a season, and given up after two seasons.</summary>
    private const int PartsOfSeason = 6;

    /// <summary>Conversations between two lines of progress.</summary>
    private const int ToldEvery = 100;

    /// <summary>Longer than Discord's: how fast the bot answers on a busy machine is not what is rehearsed here.</summary>
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan StorePatience = TimeSpan.FromSeconds(20);

    /// <summary>Runs it.</summary>
    /// <param name="command">The command line, for the report.</param>
    /// <param name="stop">Stops it; what was measured so far is lost.</param>
    public async Task<SimulationResult> RunAsync(string command, CancellationToken stop)
    {
        long began = program.Time.GetTimestamp();
        CopyModel();
        TimeSpan season = TimeSpan.FromDays(options.Town.SeasonDays);
        var clock = new TownClock(program.Time, program.Time.GetUtcNow() - (season * (options.Generations + 1)));
        await using DiscordSimulator discord = await DiscordSimulator.StartAsync(
            new SimulatorOptions { Time = clock, Seed = options.Town.Seed, GuildMembersIntent = true, HeartbeatGrace = season * 2, InteractionDeadline = Deadline }, stop);
        var life = new TownLife(discord, options.Gold, [.. options.Prompts.Where((_, i) => i % SimulationOptions.ArenaStride != 0)], clock, options.Town);
        ProgramContext there = program with { Time = clock };
        await using TownHost host = await TownHost.StartAsync(there, options, discord, life, stop);
        await life.SettleAsync(stop);
        output.WriteLine($"{options.Town.Members} members have settled. They like a reply that {options.Gold.Words}.");
        IReadOnlyList<SeasonFigures> seasons = await LiveAsync(there, life, host, stop);
        return new SimulationResult
        {
            Command = command, Preference = options.Gold.Name, Liked = options.Gold.Words, Seed = options.Town.Seed, Members = options.Town.Members, Seasons = seasons,
            Took = program.Time.GetElapsedTime(began),
        };
    }

    private async Task<IReadOnlyList<SeasonFigures>> LiveAsync(ProgramContext there, TownLife life, TownHost host, CancellationToken stop)
    {
        var measures = new TownMeasures(host.Store, life);
        var seasons = new List<SeasonFigures>();
        int lived = 0;                              // conversations of this season during the trial before it
        for (int season = 0; season <= options.Generations; season++)
        {
            int generation = host.Registry.Live.Card.Generation;
            long began = program.Time.GetTimestamp();
            await life.LiveAsync(season, Math.Max(0, options.Conversations - lived), ended => Tell(season, ended), stop);
            await measures.SettleAsync(StorePatience, stop);
            TimeSpan chatting = program.Time.GetElapsedTime(began);
            TownCycle? run = season < options.Generations ? await TrainAsync(there, host, season, stop) : null;
            SeasonFigures figures = await measures.SeasonAsync(season, generation, Math.Max(lived, options.Conversations), chatting, run?.Snapshot, stop);
            lived = 0;
            if (run is not null)
            {
                lived = run.State.Verdict.Generation is { } candidate ? await TryAsync(life, host, measures, candidate, season + 1, stop) : 0;
                figures = figures with { Cycle = Figures(run, host.Registry) };
            }
            seasons.Add(figures);
            output.WriteLine(SimulationTable.Row(figures));
            output.Flush();
        }
        return seasons;
    }

    private Task<TownCycle> TrainAsync(ProgramContext there, TownHost host, int season, CancellationToken stop)
    {
        output.WriteLine($"Season {season} is over: a cycle learns from it.");
        output.Flush();
        return train(there, host, stop);
    }

    private void Tell(int season, int ended)
    {
        if (ended % ToldEvery == 0)
        {
            output.WriteLine($"Season {season}: {ended} conversations.");
            output.Flush();
        }
    }

    /// <summary>Members chat on until the host has made up its mind about a candidate.</summary>
    /// <returns>How many conversations that took.</returns>
    private async Task<int> TryAsync(TownLife life, TownHost host, TownMeasures measures, int candidate, int season, CancellationToken stop)
    {
        int part = Math.Max(1, options.Conversations / PartsOfSeason), lived = 0;
        output.WriteLine($"Season {season}: generation {candidate} is on trial.");
        while (IsOpen(host.Registry.Get(candidate)) && lived < 2 * options.Conversations)
        {
            await life.LiveAsync(season, part, ended => Tell(season, ended), stop);
            await measures.SettleAsync(StorePatience, stop);
            await Task.Delay(host.Options.Canary.CheckEvery * 3, program.Time, stop);
            lived += part;
        }
        return lived;
    }

    private static bool IsOpen(ModelGeneration generation) => generation.State is GenerationState.Candidate or GenerationState.Canary;

    private static CycleFigures Figures(TownCycle run, ModelRegistry registry)
    {
        int? candidate = run.State.Verdict.Generation;
        return new CycleFigures
        {
            Id = run.State.Id, Method = run.State.Method, Gates = run.State.Gates, Verdict = run.State.Verdict, Training = run.Took,
            Divergence = run.State.Gates.FirstOrDefault(gate => gate.Name == GateNames.Divergence)?.Value,
            Promoted = candidate is { } number && registry.Live.Card.Generation == number,
            Trial = registry.Decisions.LastOrDefault(decision => decision.Generation == candidate)?.Why.Words ?? "",
        };
    }

    private void CopyModel()
    {
        string models = Path.Combine(options.Folder, "models");
        Directory.CreateDirectory(models);
        foreach (string file in Directory.EnumerateFiles(options.Model))
        {
            File.Copy(file, Path.Combine(models, Path.GetFileName(file)), overwrite: true);
        }
    }
}
