using MicroChat.Options;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace MicroChat.Hosting;

/// <summary>
/// Stopping without breaking replies off: new requests are turned away, running ones may finish within
/// <see cref="ServerOptions.DrainSeconds"/>; then their replies are ended, and marked as such.
/// </summary>
internal sealed partial class Drain(AppOptions options, TimeProvider time, IHostApplicationLifetime lifetime, ILogger<Drain> log)
    : IHostedLifecycleService, IDisposable
{
    private static readonly TimeSpan LastWords = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(20);

    private readonly CancellationTokenSource ended = new();
    private int running;

    /// <summary>Whether new requests are turned away.</summary>
    public bool IsDraining => lifetime.ApplicationStopping.IsCancellationRequested;

    /// <summary>Set when replies that still run must end.</summary>
    public CancellationToken Ended => ended.Token;

    /// <summary>Requests that are being answered.</summary>
    public int Running => Volatile.Read(ref running);

    public void Enter() => Interlocked.Increment(ref running);

    public void Leave() => Interlocked.Decrement(ref running);

    /// <summary>Holds the server open until the running requests are done, or their time is up.</summary>
    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        lifetime.StopApplication();
        LogDraining(Running, options.Server.DrainSeconds);
        await WaitAsync(TimeSpan.FromSeconds(options.Server.DrainSeconds), cancellationToken);
        if (Running > 0)
        {
            LogEnding(Running);
            await ended.CancelAsync();
            await WaitAsync(LastWords, cancellationToken);
        }
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose() => ended.Dispose();

    private async Task WaitAsync(TimeSpan longest, CancellationToken cancellationToken)
    {
        long started = time.GetTimestamp();
        while (Running > 0 && time.GetElapsedTime(started) < longest && !cancellationToken.IsCancellationRequested)
        {
            await Task.Delay(LookEvery, time, CancellationToken.None);
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Stopping: {Running} requests run and have {Seconds} s to finish; new ones are turned away.")]
    private partial void LogDraining(int running, int seconds);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Their time is up: {Running} requests are ended now.")]
    private partial void LogEnding(int running);
}
