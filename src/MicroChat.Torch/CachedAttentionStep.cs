using MicroChat.Model.Decoding;

namespace MicroChat.Torch;

/// <summary>
/// Attention of one serving step against the caches: the new keys and values are written into their slots, then the sequences with one new
/// token attend together, pool by pool, and the longer pieces of prompts one by one. Lives within its step's scope.
/// </summary>
internal sealed class CachedAttentionStep : ITorchAttention
{
    private readonly DecoderConfig _config;
    private readonly long _group;
    private readonly PoolStep[] _pools;

    /// <param name="config">The decoder's shape.</param>
    /// <param name="rowStarts">(B + 1) borders of the new tokens.</param>
    /// <param name="caches">(B)</param>
    /// <param name="device">Where.</param>
    public CachedAttentionStep(DecoderConfig config, ReadOnlySpan<int> rowStarts, ReadOnlySpan<KeyValueCache> caches, torch.Device device)
    {
        (_config, _group) = (config, config.Heads / config.KeyValueHeads);
        var members = new Dictionary<CachePool, List<PoolMember>>();
        for (int b = 0; b < caches.Length; b++)
        {
            var cache = (TorchCache)caches[b];
            if (!members.TryGetValue(cache.Pool, out List<PoolMember>? list))
            {
                members.Add(cache.Pool, list = []);
            }
            list.Add(new PoolMember(rowStarts[b], rowStarts[b + 1] - rowStarts[b], cache.Row, cache.Seen));
        }
        int tokens = rowStarts[^1];
        _pools = [.. members.Select(pair => new PoolStep(pair.Key, pair.Value, tokens, device))];
    }

    /// <inheritdoc/>
    public Tensor Attend(int layer, Tensor q, Tensor k, Tensor v)
    {
        long T = q.shape[0];
        Tensor y = torch.empty([T, _config.Heads * _config.HeadSize], q.dtype, q.device);
        foreach (PoolStep pool in _pools)
        {
            Append(pool, pool.Pool.Keys(layer), k);
            Append(pool, pool.Pool.Values(layer), v);
            if (pool.Single is { } single)
            {
                y.index_copy_(0, single.Tokens, Together(single, pool.Pool.Keys(layer), pool.Pool.Values(layer), q));
            }
            foreach (PoolMember member in pool.Longer)
            {
                y.narrow(0, member.From, member.Count).copy_(Alone(member, pool.MaskOf(member), pool.Pool.Keys(layer), pool.Pool.Values(layer), q));
            }
        }
        return y;
    }

    private static void Append(PoolStep pool, Tensor cache, Tensor fresh)
    {
        Tensor flat = cache.view(cache.shape[0] * cache.shape[1], cache.shape[2], cache.shape[3]); // (rows·S,Hkv,D)
        flat.index_copy_(0, pool.Slots, pool.IsWholeStep ? fresh : fresh.index_select(0, pool.Tokens));
    }

    /// <summary>
    /// One query per sequence. The query heads that share a key head stand as the rows of one small product, so keys are read once and never
    /// repeated: q (n,Hkv,G,D) against (n,Hkv,S,D).
    /// </summary>
    private Tensor Together(SingleTokens single, Tensor keys, Tensor values, Tensor q)
    {
        long H = _config.Heads, Hkv = _config.KeyValueHeads, D = _config.HeadSize;
        Tensor queries = torch.zeros([single.Count, H * D], q.dtype, q.device)
            .index_copy_(0, single.Places, q.index_select(0, single.Tokens).reshape(-1, H * D)).reshape(single.Count, Hkv, _group, D);
        Tensor y = RowAttention.Fused(queries, single.Rows(keys).transpose(1, 2), single.Rows(values).transpose(1, 2), single.Mask, causal: false);
        return y.reshape(single.Count, H * D).index_select(0, single.Places);
    }

    /// <summary>Several queries of one sequence.</summary>
    private Tensor Alone(PoolMember member, Tensor? mask, Tensor keys, Tensor values, Tensor q)
    {
        long H = _config.Heads, D = _config.HeadSize, seen = member.Past + member.Count;
        Tensor queries = q.narrow(0, member.From, member.Count).transpose(0, 1).unsqueeze(0);  // (1,H,n,D)
        Tensor Row(Tensor cache) => cache.select(0, member.Row).narrow(0, 0, seen).transpose(0, 1) // (Hkv,S,D)
            .unsqueeze(1).expand(_config.KeyValueHeads, _group, seen, D).reshape(1, H, seen, D);
        return RowAttention.Fused(queries, Row(keys), Row(values), mask, causal: mask is null).squeeze(0).transpose(0, 1).reshape(member.Count, H * D);
    }
}
