using MicroChat.Kernels;
using MicroChat.Model.Sampling;

namespace MicroChat.Model.Decoding;

/// <summary>
/// The managed decoder for serving: cached, batched, on the CPU. Steps allocate nothing once their sizes were seen. A token's keys,
/// values and logits have the same bits however its sequence was cut into steps and whatever else ran in them.
/// </summary>
public sealed class Decoder : IDecoder
{
    private readonly ParameterBlock _weights;
    private readonly Crew _crew;
    private readonly RotaryTable _rotary;
    private readonly LoraPass _lora;
    private readonly int _qkvWidth;
    private readonly float _scale;
    private int[] _positions = [];
    private int[] _past = [];
    private CacheView[] _views = [];
    private NativeBuffer<float>? _scratch;
    private NativeBuffer<float>? _logits;
    private int _sequences;

    /// <summary>A decoder over weights and a crew that the caller owns and disposes after it.</summary>
    public Decoder(ParameterBlock weights, Crew crew, int stepTokens = 256)
    {
        Config = weights.Config;
        StepTokens = stepTokens;
        _weights = weights;
        _crew = crew;
        _rotary = new RotaryTable(Config);
        _lora = new LoraPass(crew);
        _qkvWidth = (Config.Heads + 2 * Config.KeyValueHeads) * Config.HeadSize;
        _scale = 1f / MathF.Sqrt(Config.HeadSize);
    }

    /// <inheritdoc/>
    public DecoderConfig Config { get; }

    /// <inheritdoc/>
    public int StepTokens { get; }

    /// <inheritdoc/>
    public KeyValueCache NewCache(int slots) => new ManagedCache(Config, slots);

    /// <inheritdoc/>
    public void Forward(ReadOnlySpan<int> ids, ReadOnlySpan<int> rowStarts, ReadOnlySpan<KeyValueCache> caches)
    {
        StepShape.Require<ManagedCache>(Config, StepTokens, ids, rowStarts, caches);
        int T = ids.Length, C = Config.Width;
        Reserve(T, caches.Length);
        var step = new StepBuffers(_scratch!.Span, T, C, _qkvWidth, Config.Heads * Config.HeadSize, Config.FeedForward);
        for (int b = 0; b < caches.Length; b++)
        {
            _past[b] = caches[b].Seen;
            if (caches[b].Adapter is { } adapter)
            {
                _lora.Reserve(adapter, StepTokens, backward: false);
            }
        }
        _rotary.Prepare(rowStarts, _past.AsSpan(0, caches.Length), _positions.AsSpan(0, T));
        Embedding.Gather(_crew, _weights.At(_weights.Layout.Embedding, Config.VocabularySize * C), ids, C, step.X);
        AddEmbeddingAdapters(step.X, ids, rowStarts, caches);
        for (int layer = 0; layer < Config.Layers; layer++)
        {
            Attend(layer, step, rowStarts, caches);
            FeedForward(layer, step, rowStarts, caches);
        }
        for (int b = 0; b < caches.Length; b++)
        {
            caches[b].Advance(rowStarts[b + 1] - rowStarts[b]);
        }
        ComputeLogits(step, rowStarts, caches);
    }

    /// <inheritdoc/>
    public int Sample(int sequence, Sampler sampler, ReadOnlySpan<int> prompt, ReadOnlySpan<int> generated, double draw, out float logProb) =>
        sampler.Sample(LogitsOf(sequence), prompt, generated, draw, out logProb);

    /// <inheritdoc/>
    public void ReadLogits(int sequence, Span<float> destination) => LogitsOf(sequence).CopyTo(destination);

    /// <inheritdoc/>
    public void Dispose()
    {
        _scratch?.Dispose();
        _logits?.Dispose();
        _lora.Dispose();
    }

    private void Attend(int layer, in StepBuffers step, ReadOnlySpan<int> rowStarts, ReadOnlySpan<KeyValueCache> caches)
    {
        LayerOffsets at = _weights.Layout.Layers[layer];
        int C = Config.Width, H = Config.Heads, Hkv = Config.KeyValueHeads, D = Config.HeadSize, T = step.Tokens;
        Norms.RmsNorm(_crew, step.X, _weights.At(at.AttentionNorm, C), Config.NormEpsilon, step.Normed);
        Linear(step.Normed, at.Qkv, at.QkvBias, step.Qkv, T, _qkvWidth, C, accumulate: false);
        AddAdapters(layer, BlockLinear.Qkv, step.Normed, step.Qkv, rowStarts, caches);
        Rope.Rotate(_crew, step.Qkv, H + Hkv, D, _qkvWidth, _positions.AsSpan(0, T), _rotary.Cos, _rotary.Sin, D, inverse: false);
        for (int b = 0; b < caches.Length; b++)
        {
            _views[b] = ((ManagedCache)caches[b]).View(layer, rowStarts[b + 1] - rowStarts[b]);
        }
        ReadOnlySpan<CacheView> views = _views.AsSpan(0, caches.Length);
        CachedAttention.Append(_crew, step.Qkv, _qkvWidth, views, rowStarts, H, Hkv, D);
        CachedAttention.Forward(_crew, step.Qkv, _qkvWidth, step.Attended, views, rowStarts, H, Hkv, D, _scale);
        Linear(step.Attended, at.Output, at.OutputBias, step.X, T, C, H * D, accumulate: true);
        AddAdapters(layer, BlockLinear.Output, step.Attended, step.X, rowStarts, caches);
    }

    private void FeedForward(int layer, in StepBuffers step, ReadOnlySpan<int> rowStarts, ReadOnlySpan<KeyValueCache> caches)
    {
        LayerOffsets at = _weights.Layout.Layers[layer];
        int C = Config.Width, F = Config.FeedForward, T = step.Tokens;
        Norms.RmsNorm(_crew, step.X, _weights.At(at.FeedForwardNorm, C), Config.NormEpsilon, step.Normed);
        Linear(step.Normed, at.GateUp, at.GateUpBias, step.GateUp, T, 2 * F, C, accumulate: false);
        AddAdapters(layer, BlockLinear.GateUp, step.Normed, step.GateUp, rowStarts, caches);
        Activations.SwiGlu(_crew, step.GateUp, step.Hidden, F);
        Linear(step.Hidden, at.Down, at.DownBias, step.X, T, C, F, accumulate: true);
        AddAdapters(layer, BlockLinear.Down, step.Hidden, step.X, rowStarts, caches);
    }

    private void ComputeLogits(in StepBuffers step, ReadOnlySpan<int> rowStarts, ReadOnlySpan<KeyValueCache> caches)
    {
        int B = rowStarts.Length - 1, C = Config.Width, V = Config.VocabularySize;
        Span<float> last = step.Normed[..(B * C)]; // (B,C)
        for (int b = 0; b < B; b++)
        {
            ReadOnlySpan<float> x = step.X.Slice((rowStarts[b + 1] - 1) * C, C);
            Norms.RmsNorm(_crew, x, _weights.At(_weights.Layout.FinalNorm, C), Config.NormEpsilon, last.Slice(b * C, C));
        }
        Gemm.Dots(_crew, last, _weights.At(_weights.Layout.Head, V * C), _logits!.Slice(0, B * V), B, V, C, accumulate: false);
        for (int b = 0; b < B; b++)
        {
            if (caches[b].Adapter is { } adapter)
            {
                AdaptLogits(adapter, last.Slice(b * C, C), _logits!.Slice((long)b * V, V));
            }
        }
        _sequences = B;
    }

    private void AdaptLogits(LoraAdapter adapter, ReadOnlySpan<float> hidden, Span<float> logits)
    {
        if (adapter.Layout.ReplacedOutput is { } replaced)
        {
            Gemm.Dots(_crew, hidden, adapter.Weights[replaced], logits, 1, logits.Length, hidden.Length, accumulate: false);
        }
        if (adapter.Layout.Output is { } group)
        {
            _lora.Forward(adapter, group, hidden, logits, 1);
        }
    }

    private void AddEmbeddingAdapters(Span<float> x, ReadOnlySpan<int> ids, ReadOnlySpan<int> rowStarts, ReadOnlySpan<KeyValueCache> caches)
    {
        for (int b = 0; b < caches.Length; b++)
        {
            if (caches[b].Adapter is { Layout.Embedding: { } embedding } adapter)
            {
                int from = rowStarts[b], rows = rowStarts[b + 1] - from;
                _lora.ForwardEmbedding(adapter, embedding, ids.Slice(from, rows), x.Slice(from * Config.Width, rows * Config.Width));
            }
        }
    }

    /// <summary>Adds to each sequence's rows of a product what its adapter adds; neighbours with the same adapter go together.</summary>
    private void AddAdapters(
        int layer, BlockLinear linear, ReadOnlySpan<float> x, Span<float> y, ReadOnlySpan<int> rowStarts, ReadOnlySpan<KeyValueCache> caches)
    {
        int inputs = x.Length / rowStarts[^1], width = y.Length / rowStarts[^1];
        for (int b = 0, end; b < caches.Length; b = end)
        {
            LoraAdapter? adapter = caches[b].Adapter;
            for (end = b + 1; end < caches.Length && ReferenceEquals(caches[end].Adapter, adapter);)
            {
                end++;
            }
            if (adapter?.Layout[layer, linear] is { } group)
            {
                int from = rowStarts[b], rows = rowStarts[end] - from;
                _lora.Forward(adapter, group, x.Slice(from * inputs, rows * inputs), y.Slice(from * width, rows * width), rows);
            }
        }
    }

    private void Linear(ReadOnlySpan<float> x, long weight, long bias, Span<float> y, int T, int rows, int columns, bool accumulate)
    {
        Gemm.Dots(_crew, x, _weights.At(weight, rows * columns), y, T, rows, columns, accumulate);
        if (bias >= 0)
        {
            Vectors.AddBias(_crew, _weights.At(bias, rows), y);
        }
    }

    private Span<float> LogitsOf(int sequence)
    {
        Shape.Require(sequence >= 0 && sequence < _sequences, sequence, $"one of the {_sequences} sequences of the last step");
        return _logits!.Slice((long)sequence * Config.VocabularySize, Config.VocabularySize);
    }

    private void Reserve(int tokens, int sequences)
    {
        long wanted = StepBuffers.Floats(tokens, Config.Width, _qkvWidth, Config.Heads * Config.HeadSize, Config.FeedForward);
        Grow(ref _scratch, wanted);
        Grow(ref _logits, (long)sequences * Config.VocabularySize);
        if (_positions.Length < tokens)
        {
            _positions = new int[tokens];
        }
        if (_past.Length < sequences)
        {
            _past = new int[sequences];
            _views = new CacheView[sequences];
        }
    }

    private static void Grow(ref NativeBuffer<float>? buffer, long length)
    {
        if (buffer is null || buffer.Length < length)
        {
            buffer?.Dispose();
            buffer = new NativeBuffer<float>(length);
        }
    }
}
