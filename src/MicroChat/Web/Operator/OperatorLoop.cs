using MicroChat.Chat.Registry;
using MicroChat.Cycles;
using MicroChat.Feedback;
using MicroChat.Hosting;
using MicroChat.Model.Checkpoints;
using MicroChat.Options;
using MicroChat.Trials;
using Microsoft.AspNetCore.Http;

namespace MicroChat.Web.Operator;

/// <summary>The page of the loop: new votes, the next cycle, the one that runs with its gates, the generation on trial, and all generations.</summary>
internal sealed class OperatorLoop(IFeedbackStore store, Generations generations, TrialService trials, TrainingRuns runs, AppOptions options, TimeProvider time)
{
    private const int ShownDecisions = 20;

    public async Task ShowAsync(HttpContext context) =>
        await context.Response.WriteAsJsonAsync(await ReadAsync(context.RequestAborted), OperatorJson.Default.LoopBody);

    /// <summary>Everything as it is now.</summary>
    public async Task<LoopBody> ReadAsync(CancellationToken cancellationToken)
    {
        IReadOnlyList<CycleState> cycles = CycleFile.List(options.Page.RunsFolder);
        LoopVotes votes = await VotesAsync(cycles, cancellationToken);
        FeedbackStatistics statistics = await store.StatisticsAsync(null, null, cancellationToken);
        try
        {
            ModelRegistry? registry = generations.Registry;
            bool canRollBack = registry is not null && (registry.Canary is not null || registry.Previous is not null);
            return new LoopBody(
                registry?.IsHeld, canRollBack, votes, NextCycle.Of(options.Training.Cycle.Schedule, cycles.Count == 0 ? null : cycles[0], votes.New, registry?.IsHeld == true, time.GetUtcNow()),
                cycles.Count == 0 ? null : Cycle(cycles[0]), Trial(registry), registry is null ? [.. statistics.Models.Select(Unregistered)] : [.. registry.List().Select(generation => Generation(generation, statistics))],
                registry is null ? [] : [.. registry.Decisions.TakeLast(ShownDecisions).Reverse().Select(Decision)]);
        }
        catch (CheckpointException e)
        {
            throw new PageException(StatusCodes.Status500InternalServerError, "registry", e.Message);
        }
    }

    private async Task<LoopVotes> VotesAsync(IReadOnlyList<CycleState> cycles, CancellationToken cancellationToken)
    {
        DateTimeOffset? since = cycles.FirstOrDefault(cycle => cycle.Data is not null)?.Created;
        FeedbackStatistics statistics = await store.StatisticsAsync(since, null, cancellationToken);
        return new LoopVotes(statistics.Days.Sum(day => day.Up + day.Down + day.Answers), options.Training.Cycle.Schedule.LeastNewVotes, since);
    }

    private LoopCycle Cycle(CycleState cycle)
    {
        CycleStage? shown = cycle.Stages.LastOrDefault(stage => stage.State is CycleStageState.Running) ?? cycle.Stages.LastOrDefault(stage => stage.State is CycleStageState.Done && runs.Has(RunOf(cycle, stage)));
        string? run = shown is not null && runs.Has(RunOf(cycle, shown)) ? RunOf(cycle, shown) : null;
        return new LoopCycle(
            cycle.Id, cycle.Created, PageWords.Of(cycle.Verdict.State), cycle.Verdict.Words, cycle.Verdict.Generation, cycle.Method is { } method ? PageWords.Of(method.Name) : null, cycle.Method?.Reason,
            [.. cycle.Stages.Select(stage => new LoopStage(stage.Name, PageWords.Of(stage.State), stage.Started, stage.Ended, stage.Note))],
            [.. cycle.Gates.Select(gate => new LoopGate(gate.Name, gate.Value, gate.Lower, gate.Upper, gate.Threshold, gate.Passed, gate.Words))],
            run, run is null ? new Dictionary<string, RunCurve>() : runs.CurvesOf(run));
    }

    private static string RunOf(CycleState cycle, CycleStage stage) => Path.Combine(CycleFile.FolderName, cycle.Id, stage.Name);

    private LoopTrial? Trial(ModelRegistry? registry)
    {
        if (registry is null || TrialArms.Of(registry) is not { } arms)
        {
            return null;
        }
        TrialView? view = trials.Latest is { } latest && latest.Figures.Canary == arms.Canary.Card.Generation ? latest : null;
        return new LoopTrial(
            arms.Canary.Card.Generation, arms.Live.Card.Generation, arms.Trial.Since, arms.Trial.Duels, arms.Trial.ByServer, view is null ? "continue" : PageWords.Of(view.Judgement.Verdict),
            view?.Judgement.Words ?? "It was not looked at yet.", view?.Judgement.Interval?.Low, view?.Judgement.Interval?.High, arms.Trial.Duels ? 0.5 : 0,
            view?.Judgement.Figures ?? new Dictionary<string, double>());
    }

    private static LoopGeneration Generation(ModelGeneration generation, FeedbackStatistics statistics)
    {
        GenerationCard card = generation.Card;
        ModelCounts? counts = statistics.Models.FirstOrDefault(model => model.ModelVersion == TrialArms.VersionOf(generation));
        return new LoopGeneration(
            card.Generation, TrialArms.VersionOf(generation), PageWords.Of(generation.State), card.Parent, card.Created, card.LearnedFrom, counts?.Exchanges ?? 0, counts?.Up ?? 0, counts?.Down ?? 0,
            counts?.UpRate?.Share, counts?.UpRate?.Lower, counts?.UpRate?.Upper);
    }

    /// <summary>What feedback knows of models where there is no registry.</summary>
    private static LoopGeneration Unregistered(ModelCounts counts) => new(
        int.TryParse(counts.ModelVersion[(counts.ModelVersion.LastIndexOf('@') + 1)..], out int number) ? number : 0, counts.ModelVersion, "", null, null, "",
        counts.Exchanges, counts.Up, counts.Down, counts.UpRate?.Share, counts.UpRate?.Lower, counts.UpRate?.Upper);

    private static LoopDecision Decision(Decision decision) =>
        new(decision.Time, PageWords.Of(decision.Kind), decision.Generation, decision.Why.By, decision.Why.Words);
}
