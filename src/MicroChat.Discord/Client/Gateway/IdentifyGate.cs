using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace MicroChat.Discord.Client.Gateway;

/// <summary>What the API says about connecting.</summary>
/// <param name="Address">The gateway.</param>
/// <param name="Shards">How many are recommended.</param>
/// <param name="Remaining">New sessions that may still begin today; null: it does not say.</param>
/// <param name="ResetAfter">Until there are more.</param>
/// <param name="Concurrency">New sessions that may begin within 5 seconds.</param>
internal sealed record GatewayInfo(Uri Address, int Shards, int? Remaining, TimeSpan ResetAfter, int Concurrency);

/// <summary>
/// Lets new sessions begin one after another: as many within 5 seconds as are allowed at once, shard by shard in order, and never more than the day's budget,
/// as Discord resets the token of a bot that exceeds it. What earlier runs of the program began counts; the last few of a day are spread over what is left of it, so that a
/// program that fails and is started again and again does not shut its bot out.
/// </summary>
/// <remarks>Source: Discord API, events/gateway, "Session Start Limit Object" and "Sharding".</remarks>
internal sealed partial class IdentifyGate(Func<CancellationToken, Task<GatewayInfo>> fetch, IdentifyDiary diary, TimeProvider time, ILogger log) : IDisposable
{
    /// <summary>New sessions in 24 hours, where the server does not say.</summary>
    public const int UsualBudget = 1_000;

    /// <summary>From here on down they are spread.</summary>
    private const int Few = 50;

    private static readonly TimeSpan Spacing = TimeSpan.FromMilliseconds(5_100), Fresh = TimeSpan.FromSeconds(60), LongestSleep = TimeSpan.FromHours(1);

    private readonly SemaphoreSlim _budget = new(1, 1);
    private readonly ConcurrentDictionary<int, Bucket> _buckets = new();
    private GatewayInfo? _info;
    private long _fetchedAt;
    private int _remaining;

    private sealed class Bucket
    {
        public SemaphoreSlim Turn { get; } = new(1, 1);

        public long? LastAt { get; set; }
    }

    /// <summary>Leave to begin one session. Disposing it without <see cref="Used"/> gives it back.</summary>
    internal sealed class Permit(Uri address, Action<bool> release) : IDisposable
    {
        private int _released;

        public Uri Address { get; } = address;

        /// <summary>IDENTIFY was sent.</summary>
        public void Used() => Release(used: true);

        public void Dispose() => Release(used: false);

        private void Release(bool used)
        {
            if (Interlocked.Exchange(ref _released, 1) == 0)
            {
                release(used);
            }
        }
    }

    /// <summary>Waits for this shard's turn.</summary>
    public async Task<Permit> EnterAsync(int shard, CancellationToken cancellationToken)
    {
        GatewayInfo info = await TakeFromBudgetAsync(cancellationToken).ConfigureAwait(false);
        Bucket bucket = _buckets.GetOrAdd(shard % Math.Max(1, info.Concurrency), _ => new Bucket());
        bool entered = false;
        try
        {
            await bucket.Turn.WaitAsync(cancellationToken).ConfigureAwait(false);
            entered = true;
            if (Longer(Pause(bucket), Thrift(info)) is var wait && wait > TimeSpan.Zero)
            {
                await Task.Delay(wait, time, cancellationToken).ConfigureAwait(false);
            }
            return new Permit(info.Address, used => Leave(bucket, used));
        }
        catch
        {
            Interlocked.Increment(ref _remaining);
            if (entered)
            {
                bucket.Turn.Release();
            }
            throw;
        }
    }

    public void Dispose() => _budget.Dispose();

    /// <summary>What is left of the five seconds after the bucket's last session, or after the last of an earlier run.</summary>
    private TimeSpan Pause(Bucket bucket) => bucket.LastAt is { } last ? Spacing - time.GetElapsedTime(last)
        : diary.Before is { } before ? Spacing - (time.GetUtcNow() - before)
        : TimeSpan.Zero;

    private TimeSpan Thrift(GatewayInfo info)
    {
        int left = Volatile.Read(ref _remaining) + 1;               // this one included, which was taken already
        if (left > Few || diary.Newest is not { } newest)
        {
            return TimeSpan.Zero;
        }
        TimeSpan wait = (info.ResetAfter / left) - (time.GetUtcNow() - newest);
        if (wait > Spacing)
        {
            LogFew(left, wait);
        }
        return wait;
    }

    private static TimeSpan Longer(TimeSpan one, TimeSpan other) => one > other ? one : other;

    private void Leave(Bucket bucket, bool used)
    {
        if (used)
        {
            bucket.LastAt = time.GetTimestamp();
            diary.Note();
        }
        else
        {
            Interlocked.Increment(ref _remaining);
        }
        bucket.Turn.Release();
    }

    private async Task<GatewayInfo> TakeFromBudgetAsync(CancellationToken cancellationToken)
    {
        await _budget.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            while (true)
            {
                GatewayInfo info = await InfoAsync(cancellationToken).ConfigureAwait(false);
                if (Volatile.Read(ref _remaining) > 0)
                {
                    Interlocked.Decrement(ref _remaining);
                    return info;
                }
                TimeSpan wait = info.ResetAfter < LongestSleep ? info.ResetAfter + TimeSpan.FromSeconds(1) : LongestSleep;
                LogSpent(info.ResetAfter);
                await Task.Delay(wait, time, cancellationToken).ConfigureAwait(false);
                _info = null;
            }
        }
        finally
        {
            _budget.Release();
        }
    }

    private async Task<GatewayInfo> InfoAsync(CancellationToken cancellationToken)
    {
        if (_info is null || time.GetElapsedTime(_fetchedAt) >= Fresh)
        {
            _info = await fetch(cancellationToken).ConfigureAwait(false);
            _fetchedAt = time.GetTimestamp();
            Volatile.Write(ref _remaining, _info.Remaining ?? Math.Max(0, UsualBudget - diary.LastDay));
        }
        return _info;
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Only {Left} new sessions are left of the day's budget, so the next one waits {Wait}. Look in the log for why sessions were lost.")]
    private partial void LogFew(int left, TimeSpan wait);

    [LoggerMessage(Level = LogLevel.Error, Message = "Discord allows no new session for another {ResetAfter}: the day's budget is spent. Look in the log for why sessions were lost; the bot waits.")]
    private partial void LogSpent(TimeSpan resetAfter);
}
