using MicroChat.Chat.Registry;
using MicroChat.Chat.Serving;
using MicroChat.Discord.Port;
using MicroChat.Feedback;
using MicroChat.Hosting;
using MicroChat.Model.Checkpoints;
using MicroChat.Options;
using MicroChat.Training.Evaluation.Trials;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace MicroChat.Trials;

/// <summary>What is known about a running trial at a moment.</summary>
/// <param name="Arms">The trial.</param>
/// <param name="Figures">What it is judged by.</param>
/// <param name="Judgement">What follows.</param>
internal sealed record TrialView(TrialArms Arms, TrialFigures Figures, TrialJudgement Judgement);

/// <summary>
/// Looks every few seconds: keeps the engine at what the registry says, starts the trial of a new candidate, judges the one that runs and does what
/// follows, and tells people. What it decides stands with words and numbers in the registry's log of decisions.
/// </summary>
internal sealed partial class TrialService : BackgroundService
{
    private readonly ModelRegistry? _registry;
    private readonly LiveModel? _live;
    private readonly IFeedbackStore _store;
    private readonly CanaryOptions _options;
    private readonly RaterExclusion _exclusion;
    private readonly TimeProvider _time;
    private readonly ILogger<TrialService> _log;
    private readonly TrialEvidence _evidence;
    private readonly Announcer? _announcer;
    private readonly SemaphoreSlim _one = new(1, 1);
    private TrialRoute? _remembered;
    private string? _judged;
    private string? _fault;

    public TrialService(
        Generations generations, IFeedbackStore store, GenerationPace pace, AppOptions options, TimeProvider time, IServiceProvider services, ILogger<TrialService> log)
    {
        (_registry, _live, _store, _options, _time, _log) = (generations.Registry, generations.Live, store, options.Canary, time, log);
        _exclusion = new RaterExclusion(store, options.Training.Snapshot, time);
        _evidence = new TrialEvidence(store, pace, time);
        _announcer = _registry is null ? null : new Announcer(_registry, services.GetService<IDiscordPort>(), options.Canary, log);
    }

    /// <summary>The trial as it was looked at last; null: none runs.</summary>
    public TrialView? Latest { get; private set; }

    /// <summary>How a generation would be tried now.</summary>
    public Task<TrialPlan> PlanAsync(CancellationToken cancellationToken) => TrialPlan.MakeAsync(_store, _options, _time, cancellationToken);

    /// <summary>One look.</summary>
    /// <exception cref="CheckpointException">The registry cannot be read or written.</exception>
    /// <exception cref="FeedbackException">The feedback store cannot be read.</exception>
    public async Task LookAsync(CancellationToken cancellationToken)
    {
        if (_registry is not { } registry || _live is not { } live)
        {
            return;
        }
        await _one.WaitAsync(cancellationToken);
        try
        {
            live.Synchronise();
            if (_options.Automatic && registry is { IsHeld: false, Canary: null, Candidate: { } candidate })
            {
                await StartAsync(live, candidate, cancellationToken);
            }
            await FollowAsync(registry, live, cancellationToken);
            await _announcer!.TellAsync(cancellationToken);
        }
        finally
        {
            _one.Release();
        }
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        _one.Dispose();
        base.Dispose();
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (_registry is null)
        {
            return;
        }
        await Task.Yield();                     // loading takes seconds, and the host's start does not wait for it
        using var timer = new PeriodicTimer(_options.CheckEvery, _time);
        do
        {
            try
            {
                await LookAsync(stoppingToken);
                _fault = null;
            }
            catch (Exception e) when (e is CheckpointException or FeedbackException or IOException or UnauthorizedAccessException)
            {
                if (_fault != e.Message)
                {
                    LogFailed(e.Message);       // once per fault, not at every look
                }
                _fault = e.Message;
            }
            catch (EngineStoppingException)
            {
                return;                         // the host ends; the registry says where to go on
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private async Task StartAsync(LiveModel live, ModelGeneration candidate, CancellationToken cancellationToken)
    {
        TrialPlan plan = await PlanAsync(cancellationToken);
        try
        {
            live.StartCanary(candidate.Card.Generation, plan.ByServer, plan.Duels, new Why("trial", plan.Words, new Dictionary<string, double>()));
            LogStarted(candidate.Card.Generation, plan.Words);
        }
        catch (CheckpointException e) when (_registry!.Canary is null)
        {
            var why = new Why("host", $"It cannot be loaded: {e.Message}", new Dictionary<string, double>());
            _registry.StartCanary(candidate.Card.Generation, byServer: false, duels: false, why);
            _registry.StopCanary(why);
            LogFailed(e.Message);
        }
    }

    private async Task FollowAsync(ModelRegistry registry, LiveModel live, CancellationToken cancellationToken)
    {
        if (TrialArms.Of(registry) is not { } arms)
        {
            (Latest, _judged, _remembered) = (null, null, null);
            return;
        }
        await RememberAsync(arms, live.Route, cancellationToken);
        string counts = await CountsAsync(arms, cancellationToken);
        if (_judged != counts)
        {
            TrialFigures gathered = await _evidence.GatherAsync(arms, await _exclusion.FindAsync(cancellationToken), cancellationToken);
            Latest = new TrialView(arms, gathered, TrialJudge.Judge(gathered, Rules()));
            _judged = counts;
        }
        if (_options.Automatic && !registry.IsHeld && Latest is { Judgement.Verdict: not TrialVerdict.Continue } verdict)
        {
            Apply(live, verdict);
        }
    }

    private void Apply(LiveModel live, TrialView view)
    {
        if (TrialArms.Of(_registry!)?.CanaryVersion != view.Arms.CanaryVersion)
        {
            return;                             // somebody decided by hand meanwhile
        }
        TrialJudgement judgement = view.Judgement;
        var why = new Why(judgement.ByGuardrail ? "guardrail" : "trial", judgement.Words, judgement.Figures);
        if (judgement.Verdict == TrialVerdict.Promote)
        {
            live.Promote(view.Figures.Canary, why);
        }
        else
        {
            live.StopCanary(why);
        }
        LogDecided(view.Figures.Canary, judgement.Verdict, judgement.Words);
        (Latest, _judged, _remembered) = (null, null, null);
    }

    private TrialRules Rules() =>
        new(_options.Alpha, _options.AcceptedLoss, _options.MinimumVotes, _options.MinimumRaters, _options.MinimumTime, _options.MaximumTime);

    /// <summary>Conversations go on with the generation that they had before a restart.</summary>
    private async Task RememberAsync(TrialArms arms, TrialRoute? route, CancellationToken cancellationToken)
    {
        if (route is null || route == _remembered)
        {
            return;
        }
        foreach (IGrouping<Guid, ExchangeMark> conversation in (await _store.MarksAsync(arms.Trial.Since, cancellationToken)).GroupBy(mark => mark.Conversation))
        {
            route.Remember($"{conversation.Key}", conversation.Any(mark => mark.ModelVersion == arms.CanaryVersion));
        }
        _remembered = route;
    }

    /// <summary>Changes when there is anything new to judge, the passing of hours included.</summary>
    private async Task<string> CountsAsync(TrialArms arms, CancellationToken cancellationToken)
    {
        FeedbackStatistics counts = await _store.StatisticsAsync(arms.Trial.Since, null, cancellationToken);
        TimeSpan elapsed = _time.GetUtcNow() - arms.Trial.Since;
        return $"{arms.CanaryVersion} {arms.LiveVersion} {arms.Trial.Since:O} " + string.Join(' ', counts.Models.Select(m => $"{m.ModelVersion}:{m.Exchanges},{m.Up},{m.Down}")
            .Append($"{counts.Days.Sum(day => day.Answers)}").Append($"{(long)elapsed.TotalHours}").Append($"{elapsed >= _options.MinimumTime}").Append($"{elapsed >= _options.MaximumTime}"));
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Generation {Generation} is on trial. {Words}")]
    private partial void LogStarted(int generation, string words);

    [LoggerMessage(Level = LogLevel.Information, Message = "Generation {Generation}: {Verdict}. {Words}")]
    private partial void LogDecided(int generation, TrialVerdict verdict, string words);

    [LoggerMessage(Level = LogLevel.Error, Message = "The generations could not be looked after: {Fault}")]
    private partial void LogFailed(string fault);
}
