using System.Globalization;
using MicroChat.Feedback;
using MicroChat.Model.Checkpoints;
using MicroChat.Training;
using MicroChat.Training.Data;
using MicroChat.Training.Evaluation;
using MicroChat.Training.Stages;

namespace MicroChat.Cycles;

/// <summary>
/// One retraining cycle: export → reward models → method → policy → evaluation → gates → candidate. Killed at any point the same call goes on where it was: a
/// stage's result lies in its folder before cycle.json says that it is done, and every stage either goes on from its own checkpoints or begins again.
/// </summary>
internal sealed class CycleRun
{
    private readonly CyclePlan _plan;
    private readonly StageContext _context;
    private readonly CycleJournal _journal;
    private readonly CycleWork _work;
    private int _shown;

    private CycleRun(CyclePlan plan, StageContext context, CycleJournal journal) =>
        (_plan, _context, _journal, _work) = (plan, context, journal, new CycleWork(plan, context, journal));

    /// <summary>Goes on with the cycle that is not over, or makes a new one.</summary>
    /// <returns>How it stands; still running where it was stopped.</returns>
    /// <exception cref="CommandException">Another process is at work on a cycle.</exception>
    /// <exception cref="CycleException">It stands still at an error; the same call goes on when that is mended.</exception>
    public static async Task<CycleState> RunAsync(CyclePlan plan, StageContext context, CancellationToken stop)
    {
        using var alone = CycleLock.Take(plan.Runs, context.Time);
        var journal = CycleJournal.Open(plan, context);
        CycleState state = await new CycleRun(plan, context, journal).GoAsync(stop);
        CycleCleaning.Clean(plan.Runs, plan.Options.Keep);
        return state;
    }

    private async Task<CycleState> GoAsync(CancellationToken stop)
    {
        try
        {
            await StagesAsync(stop);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return _journal.State;
        }
        catch (NoCandidateException e)
        {
            _journal.Finish(CycleVerdictState.NoCandidate, e.Message, null);
        }
        catch (Exception e) when (e is TrainingException or CheckpointException or FeedbackException or DatasetException or IOException or UnauthorizedAccessException)
        {
            Fail(e.Message);
            throw new CycleException($"The cycle {_journal.State.Id} stands still: {e.Message} What is done is kept, and the same command goes on from there.", e);
        }
        _work.Report();
        _context.Output.WriteLine($"{_journal.State.Verdict.Words}");
        return _journal.State;
    }

    private async Task StagesAsync(CancellationToken stop)
    {
        if (_journal.State.Stage(CycleStages.Export).State == CycleStageState.Done && await _work.IsOutdatedAsync(stop) is { } why)
        {
            _context.Output.WriteLine(why);
            _work.Forget();
            _journal.Reset();
        }
        await StageAsync(CycleStages.Export, async () => (await _work.ExportAsync(stop), null));
        if (CycleMethods.TooLittle(_work.Counts, _plan.Options) is { } little)
        {
            throw new NoCandidateException(little);
        }
        foreach (string stage in _journal.State.Stages.Select(stage => stage.Name).Where(name => name.StartsWith("reward-", StringComparison.Ordinal)).ToArray())
        {
            Stage(stage, () => (_work.Reward(stage, stop), null));
        }
        Stage(CycleStages.Method, () =>
        {
            CycleMethod method = CycleMethods.Choose(_work.Counts, _work.RewardSummaries(), _plan.Options);
            return (method.Reason, state => state with { Method = method });
        });
        if (_journal.State.Method!.Name == CycleMethodName.Skip)
        {
            throw new NoCandidateException(_journal.State.Method.Reason);
        }
        Stage(CycleStages.Policy, () => (_work.Policy(_journal.State.Method.Name, stop), null));
        Stage(CycleStages.Evaluation, () => (_work.Evaluate(stop), null));
        Stage(CycleStages.Gates, Judge);
        if (_journal.State.Gates.Any(gate => !gate.Passed) && _plan.Options.Gates.Enforced)
        {
            throw new NoCandidateException(string.Join(' ', _journal.State.Gates.Where(gate => !gate.Passed).Select(gate => $"Gate {gate.Name}: {gate.Words}")));
        }
        int generation = 0;
        Stage(CycleStages.Candidate, () =>
        {
            generation = _work.AddCandidate();
            return (string.Create(CultureInfo.InvariantCulture, $"generation {generation}"), state => state with { Verdict = new CycleVerdict(CycleVerdictState.Candidate, _work.VerdictWords(generation), generation) });
        });
    }

    private (string Note, Func<CycleState, CycleState>? Also) Judge()
    {
        CandidateMeasures measures = CycleFile.Read<CandidateMeasures>(_journal.Paths.Evaluation)
            ?? throw new CheckpointException($"{_journal.Paths.Evaluation} is missing, though the candidate was measured. Delete the cycle's folder and begin anew.");
        IReadOnlyList<GateResult> gates = CycleGates.Ask(measures, _plan.Options.Gates);
        CycleFile.Write(_journal.Paths.Gates, gates);
        foreach (GateResult gate in gates)
        {
            _context.Output.WriteLine($"  {(gate.Passed ? "passed" : "FAILED")}  {gate.Name}: {gate.Words}");
        }
        return ($"{gates.Count(gate => gate.Passed)} of {gates.Count} gates passed", state => state with { Gates = gates });
    }

    private void Stage(string name, Func<(string Note, Func<CycleState, CycleState>? Also)> work) => StageAsync(name, () => Task.FromResult(work())).GetAwaiter().GetResult();

    private async Task StageAsync(string name, Func<Task<(string Note, Func<CycleState, CycleState>? Also)>> work)
    {
        _shown++;
        if (_journal.State.Stage(name).State is CycleStageState.Done)
        {
            return;
        }
        _journal.Start(name);
        _context.Output.WriteLine($"[{_shown}/{_journal.State.Stages.Count}] {name}");
        (string note, Func<CycleState, CycleState>? also) = await work();
        _journal.End(name, CycleStageState.Done, note, also);
        _context.Output.WriteLine($"[{_shown}/{_journal.State.Stages.Count}] {name} done: {note}");
    }

    /// <summary>Writes down what went wrong, where the disk still takes it; the error itself is told in any case.</summary>
    private void Fail(string words)
    {
        try
        {
            _journal.Fail(words);
        }
        catch (CheckpointException e)
        {
            _context.Output.WriteLine($"{CycleFile.Name} still says that the stage is running: {e.Message}");
        }
    }
}

/// <summary>A cycle comes to its end without a candidate; the message says why.</summary>
internal sealed class NoCandidateException(string message) : Exception(message);

/// <summary>A cycle stands still at an error that somebody can mend.</summary>
internal sealed class CycleException(string message, Exception inner) : Exception(message, inner);
