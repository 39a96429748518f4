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
internal sealed class OperatorLoop(IFeedbackStore store, Generations generations, TrialService trials, CycleService cycles, TrainingRuns runs, AppOptions options)
{
    private const int ShownDecisions = 20;

    public async Task ShowAsync(HttpContext context) =>
        await context.Response.WriteAsJsonAsync(await ReadAsync(context.RequestAborted), OperatorJson.Default.LoopBody);

    /// <summary>Everything as it is now.</summary>
    public async Task<LoopBody> ReadAsync(CancellationToken cancellationToken)
    {
        CycleOverview overview = await cycles.LookAsync(cancellationToken);
        CycleState? newest = overview.Cycles.Count == 0 ? null : overview.Cycles[0];
        FeedbackStatistics statistics = await store.StatisticsAsync(null, null, cancellationToken);
        try
        {
            ModelRegistry? registry = generations.Registry;
            bool canRollBack = registry is not null && (registry.Canary is not null || registry.Previous is not null);
            return new LoopBody(
                overview.Hold, registry is not null, canRollBack, new LoopVotes(overview.NewVotes, options.Training.Cycle.Schedule.LeastNewVotes, newest?.Created),
                new LoopNext(overview.Running is not null, overview.Words), newest is null ? null : Cycle(newest), Trial(registry),
                registry is null ? [.. statistics.Models.Select(Unregistered)] : [.. registry.List().Select(generation => Generation(generation, statistics))],
                registry is null ? [] : [.. registry.Decisions.TakeLast(ShownDecisions).Reverse().Select(Decision)]);
        }
        catch (CheckpointException e)
        {
            throw new PageException(StatusCodes.Status500InternalServerError, "registry", e.Message);
        }
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
