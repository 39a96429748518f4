using MicroChat.Kernels;
using MicroChat.Model.Decoding;
using MicroChat.Model.Sampling;

namespace MicroChat.Torch;

/// <summary>The decoder for serving on TorchSharp: weights, caches, logits and sampling stay on the device.</summary>
internal sealed class TorchDecoder : IDecoder
{
    private readonly TorchBackend _backend;
    private readonly TorchWeights _weights;
    private readonly TorchRotary _rotary;
    private readonly TorchBlocks _blocks;
    private readonly TorchSampler _sampler;
    private readonly Dictionary<int, CachePool> _pools = [];
    private Tensor? _logits;

    public TorchDecoder(ParameterBlock weights, TorchBackend backend, int stepTokens)
    {
        (Config, StepTokens, _backend) = (weights.Config, stepTokens, backend);
        _weights = new TorchWeights(backend.BlockOf(weights), learns: false);
        _rotary = new TorchRotary(Config, backend.Place.Device);
        _blocks = new TorchBlocks(Config, _weights, _rotary);
        _sampler = new TorchSampler(Config.VocabularySize, backend.Place.Device);
    }

    /// <inheritdoc/>
    public DecoderConfig Config { get; }

    /// <inheritdoc/>
    public int StepTokens { get; }

    /// <inheritdoc/>
    public KeyValueCache NewCache(int slots)
    {
        Shape.Require(slots >= 1, slots, $"at least 1");
        if (!_pools.TryGetValue(slots, out CachePool? pool))
        {
            _pools.Add(slots, pool = new CachePool(Config, slots, _backend.Place));
        }
        return new TorchCache(Config, pool);
    }

    /// <inheritdoc/>
    public void Forward(ReadOnlySpan<int> ids, ReadOnlySpan<int> rowStarts, ReadOnlySpan<KeyValueCache> caches)
    {
        StepShape.Require<TorchCache>(Config, StepTokens, ids, rowStarts, caches);
        RequireOwn(caches);
        using DisposeScope scope = torch.NewDisposeScope();
        using IDisposable plain = torch.no_grad();
        int[] past = new int[caches.Length];
        for (int b = 0; b < past.Length; b++)
        {
            past[b] = caches[b].Seen;
        }
        (Tensor Cos, Tensor Sin) angles = _rotary.Prepare(rowStarts, past);
        var attention = new CachedAttentionStep(Config, rowStarts, caches, _backend.Place.Device);
        List<AdapterRun> adapters = Runs(rowStarts, caches);
        Tensor x = _blocks.Embed(Tensors.Indices(ids, _backend.Place.Device), adapters);
        for (int layer = 0; layer < Config.Layers; layer++)
        {
            Tensor next = _blocks.Block(layer, x, angles, attention, adapters);
            x.Dispose();
            x = next;
        }
        Tensor logits = LastLogits(x, rowStarts, caches);
        for (int b = 0; b < caches.Length; b++)
        {
            caches[b].Advance(rowStarts[b + 1] - rowStarts[b]);
        }
        _logits?.Dispose();
        _logits = Tensors.Keep(logits);
    }

    /// <inheritdoc/>
    public int Sample(int sequence, Sampler sampler, ReadOnlySpan<int> prompt, ReadOnlySpan<int> generated, double draw, out float logProb)
    {
        Sampler.RequireDraw(draw);
        using DisposeScope scope = torch.NewDisposeScope();
        using IDisposable plain = torch.no_grad();
        Span<SampledToken> result = [default];
        _sampler.Sample(LogitsOf(sequence), [new SampleRequest(sequence, sampler, prompt.ToArray(), generated.ToArray(), draw)], result);
        logProb = result[0].LogProb;
        return result[0].Failure is { } failure ? throw failure : result[0].Token;
    }

    /// <inheritdoc/>
    public void Sample(ReadOnlySpan<SampleRequest> requests, Span<SampledToken> results)
    {
        Shape.Require(results.Length == requests.Length, results.Length, $"the {requests.Length} requests");
        if (requests.Length == 0)
        {
            return;
        }
        int[] rows = new int[requests.Length];
        for (int i = 0; i < rows.Length; i++)
        {
            RequireSequence(rows[i] = requests[i].Sequence);
            Sampler.RequireDraw(requests[i].Draw);
        }
        using DisposeScope scope = torch.NewDisposeScope();
        using IDisposable plain = torch.no_grad();
        _sampler.Sample(_logits!.index_select(0, Tensors.Indices(rows, _backend.Place.Device)), requests, results);
    }

    /// <inheritdoc/>
    public void ReadLogits(int sequence, Span<float> destination)
    {
        using Tensor row = LogitsOf(sequence);
        Shape.Require(destination.Length >= Config.VocabularySize, destination.Length, $"at least the vocabulary's {Config.VocabularySize} tokens");
        Tensors.Download(row, destination[..Config.VocabularySize]);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _logits?.Dispose();
        foreach (CachePool pool in _pools.Values)
        {
            pool.Dispose();
        }
        _rotary.Dispose();
        _weights.Dispose();
        _sampler.Dispose();
    }

    private Tensor LastLogits(Tensor x, ReadOnlySpan<int> rowStarts, ReadOnlySpan<KeyValueCache> caches)
    {
        int[] last = new int[caches.Length], borders = new int[caches.Length + 1];
        for (int b = 0; b < last.Length; b++)
        {
            (last[b], borders[b + 1]) = (rowStarts[b + 1] - 1, b + 1);
        }
        Tensor hidden = _blocks.FinalNorm(x.index_select(0, Tensors.Indices(last, _backend.Place.Device)));
        return _blocks.Logits(hidden, Runs(borders, caches));
    }

    /// <summary>Neighbours with the same adapter go together.</summary>
    private List<AdapterRun> Runs(ReadOnlySpan<int> rowStarts, ReadOnlySpan<KeyValueCache> caches)
    {
        var runs = new List<AdapterRun>();
        for (int b = 0, end; b < caches.Length; b = end)
        {
            LoraAdapter? adapter = caches[b].Adapter;
            for (end = b + 1; end < caches.Length && ReferenceEquals(caches[end].Adapter, adapter);)
            {
                end++;
            }
            if (adapter is not null)
            {
                runs.Add(new AdapterRun(_backend.AdapterOf(adapter), rowStarts[b], rowStarts[end] - rowStarts[b]));
            }
        }
        return runs;
    }

    private void RequireOwn(ReadOnlySpan<KeyValueCache> caches)
    {
        foreach (KeyValueCache cache in caches)
        {
            if (!_pools.TryGetValue(cache.Slots, out CachePool? pool) || !ReferenceEquals(pool, ((TorchCache)cache).Pool))
            {
                throw new ArgumentException("A cache was made by another decoder; make it with this decoder's NewCache.");
            }
        }
    }

    private void RequireSequence(int sequence)
    {
        long sequences = _logits?.shape[0] ?? 0;
        Shape.Require(sequence >= 0 && sequence < sequences, sequence, $"one of the {sequences} sequences of the last step");
    }

    /// <summary>(1,V)</summary>
    private Tensor LogitsOf(int sequence)
    {
        RequireSequence(sequence);
        return _logits!.narrow(0, sequence, 1);
    }
}
