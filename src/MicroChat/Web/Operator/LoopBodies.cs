namespace MicroChat.Web.Operator;

/// <summary>The loop from votes to a better model, at a glance.</summary>
/// <param name="Held">Whether nothing changes by itself.</param>
/// <param name="HasGenerations">Whether there are generations to promote and to go back to; false: this host has one model only.</param>
/// <param name="CanRollBack">Whether there is a trial to end, or a generation to go back to.</param>
internal sealed record LoopBody(
    bool Held, bool HasGenerations, bool CanRollBack, LoopVotes Votes, LoopNext Next, LoopCycle? Cycle, LoopTrial? Trial, IReadOnlyList<LoopGeneration> Generations,
    IReadOnlyList<LoopDecision> Decisions);

/// <param name="New">Ratings and answers since <see cref="Since"/>.</param>
/// <param name="Needed">So many begin a cycle.</param>
/// <param name="Since">When the last cycle took its snapshot; null: there was none, and all votes count.</param>
internal sealed record LoopVotes(long New, long Needed, DateTimeOffset? Since);

/// <param name="Working">Whether a cycle is at work now.</param>
/// <param name="Words">What is waited for, or done.</param>
internal sealed record LoopNext(bool Working, string Words);

/// <param name="Run">Name of the training run whose curves belong to the stage at work, as the page of runs names it; null: it measures nothing.</param>
/// <param name="Curves">That run's curves.</param>
internal sealed record LoopCycle(
    string Id, DateTimeOffset Created, string State, string Words, int? Generation, string? Method, string? MethodReason, IReadOnlyList<LoopStage> Stages,
    IReadOnlyList<LoopGate> Gates, string? Run, IReadOnlyDictionary<string, RunCurve> Curves);

/// <param name="State">"waiting", "running", "done", "failed" or "skipped".</param>
internal sealed record LoopStage(string Name, string State, DateTimeOffset? Started, DateTimeOffset? Ended, string Note);

internal sealed record LoopGate(string Name, double? Value, double? Lower, double? Upper, double Threshold, bool Passed, string Words);

/// <summary>The generation on trial.</summary>
/// <param name="Low">Lower end of the confidence sequence, of the difference of the up-rates or of the win rate in duels; null with <see cref="High"/>: no votes yet.</param>
/// <param name="Even">What both being equal would be: 0, or one half in duels.</param>
/// <param name="Figures">The numbers that it is judged by.</param>
internal sealed record LoopTrial(
    int Generation, int Live, DateTimeOffset Since, bool Duels, bool ByServer, string Verdict, string Words, double? Low, double? High, double Even,
    IReadOnlyDictionary<string, double> Figures);

/// <param name="State">"candidate", "canary", "live" or "retired".</param>
/// <param name="Share">Share of 👍 among the ratings; null: no ratings.</param>
/// <param name="Low">Lower end of its 95 % interval.</param>
/// <param name="High">Upper end.</param>
internal sealed record LoopGeneration(
    int Number, string Name, string State, int? Parent, DateTimeOffset? Created, string LearnedFrom, long Exchanges, long Up, long Down, double? Share, double? Low, double? High);

internal sealed record LoopDecision(DateTimeOffset Time, string Kind, int Generation, string By, string Words);

internal sealed record HoldBody(bool? Held);

internal sealed record TryBody(int? Generation);
