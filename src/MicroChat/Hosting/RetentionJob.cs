using MicroChat.Feedback;
using MicroChat.Options;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace MicroChat.Hosting;

/// <summary>Erases what is older than the operator keeps, at the start and once a day.</summary>
internal sealed partial class RetentionJob(IFeedbackStore store, AppOptions options, TimeProvider time, ILogger<RetentionJob> log) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromDays(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        RetentionOptions retention = options.Feedback.Retention;
        if (retention is { TextDays: null, ExchangeDays: null })
        {
            return;
        }
        using var timer = new PeriodicTimer(Interval, time);
        do
        {
            try
            {
                DeletionReport report = await store.ApplyRetentionAsync(retention, stoppingToken);
                LogErased(log, report.Exchanges);
            }
            catch (FeedbackException e)      // tomorrow is another day; the host goes on
            {
                LogFailed(log, e.Message);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Retention: {Exchanges} exchanges erased")]
    private static partial void LogErased(ILogger log, int exchanges);

    [LoggerMessage(Level = LogLevel.Error, Message = "Retention failed and will be tried again in a day: {Fault}")]
    private static partial void LogFailed(ILogger log, string fault);
}
