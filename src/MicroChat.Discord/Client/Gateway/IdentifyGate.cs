using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace MicroChat.Discord.Client.Gateway;

/// <summary>What the API says about connecting.</summary>
/// <param name="Address">The gateway.</param>
/// <param name="Shards">How many are recommended.</param>
/// <param name="Remaining">New sessions that may still begin today.</param>
/// <param name="ResetAfter">Until there are more.</param>
/// <param name="Concurrency">New sessions that may begin within 5 seconds.</param>
internal sealed record GatewayInfo(Uri Address, int Shards, int Remaining, TimeSpan ResetAfter, int Concurrency);

/// <summary>
/// Lets new sessions begin one after another: as many within 5 seconds as are allowed at once, shard by shard in order, and never more than the day's budget,
/// as Discord resets the token of a bot that exceeds it.
/// </summary>
/// <remarks>Source: Discord API, events/gateway, "Session Start Limit Object" and "Sharding".</remarks>
internal sealed partial class IdentifyGate(Func<CancellationToken, Task<GatewayInfo>> fetch, TimeProvider time, ILogger log) : IDisposable
{
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
            if (bucket.LastAt is { } last && Spacing - time.GetElapsedTime(last) is var wait && wait > TimeSpan.Zero)
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

    private void Leave(Bucket bucket, bool used)
    {
        if (used)
        {
            bucket.LastAt = time.GetTimestamp();
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
            Volatile.Write(ref _remaining, _info.Remaining);
        }
        return _info;
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Discord allows no new session for another {ResetAfter}: the day's budget is spent. Look in the log for why sessions were lost; the bot waits.")]
    private partial void LogSpent(TimeSpan resetAfter);
}
