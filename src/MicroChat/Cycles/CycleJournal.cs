using System.Globalization;
using MicroChat.Model.Checkpoints;
using MicroChat.Training.Stages;

namespace MicroChat.Cycles;

/// <summary>Keeps cycle.json: which cycle is gone on with, and where it stands. Every change is on disk before anything follows from it.</summary>
internal sealed class CycleJournal
{
    private const string TimeName = "yyyyMMdd-HHmmss";

    private readonly StageContext _context;

    private CycleJournal(CyclePaths paths, CycleState state, StageContext context) => (Paths, State, _context) = (paths, state, context);

    public CyclePaths Paths { get; }

    public CycleState State { get; private set; }

    /// <summary>Goes on with the newest cycle where it is not over and nothing that decides its outcome has changed; else begins one.</summary>
    public static CycleJournal Open(CyclePlan plan, StageContext context)
    {
        int live = plan.Registry.Live.Card.Generation;
        IReadOnlyDictionary<string, string> settings = plan.Settings();
        if (CycleFile.Newest(plan.Runs) is { } newest && newest.Verdict.State is CycleVerdictState.Running or CycleVerdictState.Failed)
        {
            var journal = new CycleJournal(new CyclePaths(FolderOf(plan.Runs, newest.Id)), newest, context);
            if (Objection(newest, plan, live, settings) is not { } objection)
            {
                context.Output.WriteLine($"Cycle {newest.Id} is gone on with.");
                journal.Write(newest with { Command = context.Command, Verdict = new CycleVerdict(CycleVerdictState.Running) });
                return journal;
            }
            journal.Finish(CycleVerdictState.NoCandidate, objection, null);
        }
        return Begin(plan, context, live, settings);
    }

    /// <summary>A stage begins, or goes on.</summary>
    public void Start(string stage) => Write(State.With(State.Stage(stage) with
    {
        State = CycleStageState.Running,
        Started = State.Stage(stage).Started ?? _context.Time.GetUtcNow(),
        Ended = null,
        Note = "",
    }));

    /// <summary>A stage has ended.</summary>
    public void End(string stage, CycleStageState how, string note, Func<CycleState, CycleState>? also = null) =>
        Write((also?.Invoke(State) ?? State).With(State.Stage(stage) with { State = how, Ended = _context.Time.GetUtcNow(), Note = note }));

    /// <summary>Something else is known of the cycle.</summary>
    public void Change(Func<CycleState, CycleState> change) => Write(change(State));

    /// <summary>All stages wait again: what was learned is to be learned anew.</summary>
    public void Reset() => Write(State with { Data = null, Method = null, Gates = [], Stages = [.. State.Stages.Select(stage => new CycleStage(stage.Name, CycleStageState.Waiting))] });

    /// <summary>The cycle is over; what waits is skipped.</summary>
    public void Finish(CycleVerdictState verdict, string words, int? generation) => Write(State with
    {
        Stages = [.. State.Stages.Select(stage => stage.State is CycleStageState.Waiting or CycleStageState.Running ? stage with { State = CycleStageState.Skipped } : stage)],
        Verdict = new CycleVerdict(verdict, words, generation),
    });

    /// <summary>The cycle stands still at an error.</summary>
    public void Fail(string words) => Write(State with
    {
        Stages = [.. State.Stages.Select(stage => stage.State == CycleStageState.Running ? stage with { State = CycleStageState.Failed, Note = words } : stage)],
        Verdict = new CycleVerdict(CycleVerdictState.Failed, words),
    });

    /// <summary>Why a cycle that is not over cannot be gone on with; null: it can.</summary>
    private static string? Objection(CycleState state, CyclePlan plan, int live, IReadOnlyDictionary<string, string> settings)
    {
        string[] changed = [.. settings.Where(now => state.Settings.GetValueOrDefault(now.Key) != now.Value).Select(now => $"{now.Key} from {state.Settings.GetValueOrDefault(now.Key) ?? "nothing"} to {now.Value}")];
        return plan.Anew ? "It was given up: another was begun in its place."
            : state.BaseGeneration != live ? $"It was given up: it began from generation {state.BaseGeneration}, and {live} is live now."
            : changed.Length > 0 ? $"It was given up: settings were changed before it was over ({string.Join(", ", changed)}), and half of it would be of the one kind and half of the other."
            : null;
    }

    private static CycleJournal Begin(CyclePlan plan, StageContext context, int live, IReadOnlyDictionary<string, string> settings)
    {
        DateTimeOffset now = context.Time.GetUtcNow();
        string name = NameOf(now, plan.Runs);
        var state = new CycleState
        {
            Schema = CycleState.CurrentSchema, Id = name, Created = now, Written = now, Command = context.Command, BaseGeneration = live, Seed = plan.Options.Seed, Settings = settings,
            Stages = [.. CycleStages.All(plan.Options.Ensemble).Select(stage => new CycleStage(stage, CycleStageState.Waiting))], Verdict = new CycleVerdict(CycleVerdictState.Running),
        };
        var journal = new CycleJournal(new CyclePaths(FolderOf(plan.Runs, name)), state, context);
        journal.Write(state);
        context.Output.WriteLine($"Cycle {name} begins from generation {live}.");
        return journal;
    }

    /// <summary>The time, so that names sort by it. Where there is a newer one already (the same second, or a clock that was set back), that one's with a number.</summary>
    private static string NameOf(DateTimeOffset now, string runs)
    {
        string id = now.UtcDateTime.ToString(TimeName, CultureInfo.InvariantCulture);
        if (CycleFile.Newest(runs)?.Id is { } newest && string.CompareOrdinal(id, newest) <= 0)
        {
            id = newest[..TimeName.Length];
        }
        string name = id;
        for (int again = 2; Directory.Exists(FolderOf(runs, name)); again++)
        {
            name = string.Create(CultureInfo.InvariantCulture, $"{id}-{again:000}");
        }
        return name;
    }

    private static string FolderOf(string runs, string id) => Path.Combine(Path.GetFullPath(runs), CycleFile.FolderName, id);

    private void Write(CycleState state)
    {
        State = state with { Written = _context.Time.GetUtcNow() };
        CycleFile.Write(Paths.Folder, State);
    }
}
