using System.Collections.Concurrent;
using MicroChat.Discord.Port;

namespace MicroChat.Discord.Client.Rest;

/// <summary>Knows which bucket a request belongs to, as far as answers have told, and lets it in when its turn comes.</summary>
internal sealed class RateLimiter(int requestsPerSecond, TimeProvider time) : IDisposable
{
    private const int MostBuckets = 4_096;

    private readonly GlobalLimit _global = new(requestsPerSecond, time);
    private readonly ConcurrentDictionary<(string Kind, string Major), RateBucket> _byRoute = new();
    private readonly ConcurrentDictionary<(string Hash, string Major), RateBucket> _byHash = new();
    private readonly ConcurrentDictionary<string, TimeSpan> _intervals = new(StringComparer.Ordinal);

    /// <summary>Places whose limits are remembered.</summary>
    public int Buckets => _byRoute.Count;

    /// <summary>Waits until a request may go.</summary>
    /// <returns>Its bucket; <see cref="Answered"/> or <see cref="Failed"/> must follow.</returns>
    public async Task<RateBucket> EnterAsync(Route route, CancellationToken cancellationToken)
    {
        RateBucket bucket = Of(route);
        while (!await bucket.EnterAsync(cancellationToken).ConfigureAwait(false))
        {
            bucket = bucket.MovedTo!;
        }
        if (route.Authorized)
        {
            try
            {
                await _global.EnterAsync(cancellationToken).ConfigureAwait(false);
            }
            catch
            {
                bucket.Failed();
                throw;
            }
        }
        return bucket;
    }

    /// <summary>An answer came: learns from its headers.</summary>
    public void Answered(Route route, RateBucket bucket, RateLimitHeaders headers)
    {
        Leave(route);
        bucket.Answered(headers);
        if (headers is { IsUsable: true, Bucket: { } hash })
        {
            Join(route, bucket, hash, headers);
            _intervals[route.ToString()] = bucket.Pace().Interval;
        }
    }

    /// <summary>No answer came.</summary>
    public void Failed(Route route, RateBucket bucket)
    {
        Leave(route);
        bucket.Failed();
    }

    /// <summary>All requests wait.</summary>
    public void BlockAll(TimeSpan wait) => _global.Block(wait);

    /// <summary>Requests of this kind to this place wait.</summary>
    public void Block(Route route, TimeSpan wait) => Of(route).Block(wait);

    /// <summary>When a request that came now would go; for a place not used before the distance is the one seen elsewhere.</summary>
    public EditPace Pace(Route route)
    {
        TimeSpan global = route.Authorized ? _global.Blocked : TimeSpan.Zero;
        EditPace pace = _byRoute.TryGetValue((route.ToString(), route.Major), out RateBucket? bucket) ? Followed(bucket).Pace() : default;
        TimeSpan interval = pace.Interval > TimeSpan.Zero ? pace.Interval : _intervals.GetValueOrDefault(route.ToString());
        return new EditPace(pace.Wait > global ? pace.Wait : global, interval);
    }

    private void Leave(Route route)
    {
        if (route.Authorized)
        {
            _global.Leave();
        }
    }

    public void Dispose() => _global.Dispose();

    private RateBucket Of(Route route)
    {
        if (_byRoute.Count > MostBuckets)
        {
            Forget();
        }
        return Followed(_byRoute.GetOrAdd((route.ToString(), route.Major), _ => new RateBucket(time)));
    }

    /// <summary>Routes whose answers name the same bucket share it from then on.</summary>
    private void Join(Route route, RateBucket bucket, string hash, RateLimitHeaders headers)
    {
        RateBucket shared = Followed(_byHash.GetOrAdd((hash, route.Major), bucket));
        if (!ReferenceEquals(shared, Followed(bucket)))
        {
            shared.Learn(headers);
            _byRoute[(route.ToString(), route.Major)] = shared;
            if (!_byHash.Values.Contains(bucket))
            {
                bucket.MoveTo(shared);
            }
        }
    }

    private static RateBucket Followed(RateBucket bucket)
    {
        while (bucket.MovedTo is { } next)
        {
            bucket = next;
        }
        return bucket;
    }

    /// <summary>Interactions come with a path of their own each; what is at rest can be learned again.</summary>
    private void Forget()
    {
        foreach ((var key, RateBucket bucket) in _byRoute)
        {
            if (bucket.IsIdle)
            {
                _byRoute.TryRemove(key, out _);
            }
        }
        foreach ((var key, RateBucket bucket) in _byHash)
        {
            if (bucket.IsIdle)
            {
                _byHash.TryRemove(key, out _);
            }
        }
    }
}
