using MicroChat.Feedback;
using MicroChat.Hosting;
using MicroChat.Options;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace MicroChat.Cycles;

/// <summary>How the loop stands, for the operator.</summary>
/// <param name="Enabled">Whether cycles begin by themselves.</param>
/// <param name="Hold">Whether the loop is held.</param>
/// <param name="Running">Who is at work; null: nobody.</param>
/// <param name="Words">What is waited for, or done, in words.</param>
/// <param name="NewVotes">Votes since the last cycle began.</param>
/// <param name="Cycles">All cycles, the newest first.</param>
internal sealed record CycleOverview(bool Enabled, bool Hold, CycleHolder? Running, string Words, long NewVotes, IReadOnlyList<CycleState> Cycles);

/// <summary>
/// Begins cycles by the schedule or on demand as processes of low priority, tells the log what they say, and ends them with the host. A cycle that another
/// host left running is seen by its lock and left alone.
/// </summary>
internal sealed partial class CycleService(IFeedbackStore store, Generations generations, AppOptions options, ProgramContext program, TimeProvider time, ILogger<CycleService> log) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(30);

    private readonly Lock _gate = new();
    private readonly string _runs = Path.GetFullPath(options.Page.RunsFolder);
    private CycleProcess? _process;

    /// <summary>Whether nothing may begin: by the file, or by the registry's own switch.</summary>
    private bool IsHeld => CycleHold.IsOn(_runs) || generations.Registry is { IsHeld: true };

    /// <summary>How the loop stands.</summary>
    public async Task<CycleOverview> LookAsync(CancellationToken cancellationToken)
    {
        IReadOnlyList<CycleState> cycles = CycleFile.List(_runs);
        CycleState? newest = cycles.Count > 0 ? cycles[0] : null;
        long votes = await NewVotesAsync(newest, cancellationToken);
        CycleHolder? running = CycleLock.Holder(_runs);
        string words = running is not null ? $"Process {running.Process} is at work on cycle {newest?.Id}." : Decide(newest, votes).Words;
        return new CycleOverview(options.Training.Cycle.Schedule.Enabled, IsHeld, running, words, votes, cycles);
    }

    /// <summary>Begins a cycle now, or goes on with the one that is not over.</summary>
    /// <returns>False: one is at work already, or the loop is held.</returns>
    public bool Start()
    {
        lock (_gate)
        {
            if (_process is not null || IsHeld || CycleLock.Holder(_runs) is not null)
            {
                return false;
            }
            _process = CycleProcess.Start(Arguments(options, program), text => LogLine(log, text));
            LogStarted(log, _process.Id);
            _ = WatchAsync(_process);
            return true;
        }
    }

    /// <summary>Stops the cycle that this host began; it can be gone on with.</summary>
    /// <returns>False: there is none.</returns>
    public async Task<bool> StopCycleAsync()
    {
        CycleProcess? running;
        lock (_gate)
        {
            running = _process;
        }
        if (running is null)
        {
            return false;
        }
        await running.StopAsync();
        return true;
    }

    /// <summary>Holds the loop, which also stops the cycle at work, or releases it.</summary>
    public async Task HoldAsync(bool on)
    {
        CycleHold.Set(_runs, on);
        if (on)
        {
            await StopCycleAsync();
        }
    }

    /// <inheritdoc/>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        await StopCycleAsync();
    }

    /// <summary>The command line of a cycle with this host's options.</summary>
    internal static IReadOnlyList<string> Arguments(AppOptions options, ProgramContext program)
    {
        CycleOptions cycle = options.Training.Cycle;
        int threads = cycle.Schedule.Threads > 0 ? cycle.Schedule.Threads : Math.Max(1, Environment.ProcessorCount / 2);
        var defaults = new AppOptions();
        var changed = OptionField.All.Where(field => field.Section.StartsWith("Training", StringComparison.Ordinal) && field.Key != "Training:Cycle:Threads" && field.Show(options) != field.Show(defaults))
            .SelectMany(field => new[] { "--set", $"{field.Key}={field.Show(options)}" });
        string[] model = options.Model.Folder.Length > 0 ? ["--model", Path.GetFullPath(options.Model.Folder)] : [];
        return
        [
            "train", Verbs.CycleVerb.Name, .. model, "--database", FeedbackDatabase.PathOf(program, options.Feedback.Database), "--runs", Path.GetFullPath(options.Page.RunsFolder),
            "--threads", $"{threads}", .. changed,
        ];
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!options.Training.Cycle.Schedule.Enabled)
        {
            return;
        }
        using var timer = new PeriodicTimer(Interval, time);
        do
        {
            try
            {
                await BeginIfDueAsync(stoppingToken);
            }
            catch (Exception e) when (e is FeedbackException or IOException or UnauthorizedAccessException or CommandException or System.ComponentModel.Win32Exception)
            {
                LogFault(log, e.Message);       // the next look may find it mended; the chat goes on
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private async Task BeginIfDueAsync(CancellationToken stop)
    {
        if (CycleLock.Holder(_runs) is not null)
        {
            return;
        }
        CycleState? newest = CycleFile.Newest(_runs);
        (bool start, string words) = Decide(newest, await NewVotesAsync(newest, stop));
        if (start && Start())
        {
            LogDue(log, words);
        }
    }

    private (bool Start, string Words) Decide(CycleState? newest, long votes) => CycleSchedule.Decide(options.Training.Cycle.Schedule, IsHeld, newest, votes, time.GetUtcNow());

    private async Task<long> NewVotesAsync(CycleState? newest, CancellationToken stop)
    {
        FeedbackStatistics counts = await store.StatisticsAsync(newest?.Created <= time.GetUtcNow() ? newest.Created : null, null, stop);
        return counts.Days.Sum(day => day.Up + day.Down + day.Answers);
    }

    private async Task WatchAsync(CycleProcess process)
    {
        int code = await process.WaitAsync();
        lock (_gate)
        {
            _process = null;
        }
        process.Dispose();
        LogEnded(log, code, CycleFile.Newest(_runs)?.Verdict.Words ?? "");
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Cycle: process {Process} begins at low priority")]
    private static partial void LogStarted(ILogger log, int process);

    [LoggerMessage(Level = LogLevel.Information, Message = "Cycle: {Line}")]
    private static partial void LogLine(ILogger log, string line);

    [LoggerMessage(Level = LogLevel.Information, Message = "Cycle: it was due. {Why}")]
    private static partial void LogDue(ILogger log, string why);

    [LoggerMessage(Level = LogLevel.Information, Message = "Cycle: the process ended with code {Code}. {Verdict}")]
    private static partial void LogEnded(ILogger log, int code, string verdict);

    [LoggerMessage(Level = LogLevel.Error, Message = "Cycle: none was begun: {Fault}")]
    private static partial void LogFault(ILogger log, string fault);
}
