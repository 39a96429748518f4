using MicroChat.Model.Decoding;
using MicroChat.Model.Sampling;

namespace MicroChat.Tests.Chat.Serving;

/// <summary>A decoder that lets a test look at, hold up and break every step.</summary>
internal sealed class HookedDecoder(IDecoder inner) : IDecoder
{
    /// <summary>Called on the engine's thread before each step.</summary>
    public Action BeforeStep { get; set; } = () => { };

    /// <summary>Called before a token is drawn, with the prompt.</summary>
    public Action<int[]>? BeforeSample { get; set; }

    public bool Disposed { get; private set; }

    public int Steps { get; private set; }

    /// <summary>Tokens in all steps.</summary>
    public int Tokens { get; private set; }

    /// <summary>Sequences in the last step.</summary>
    public int LastRows { get; private set; }

    public DecoderConfig Config => inner.Config;

    public int StepTokens => inner.StepTokens;

    public KeyValueCache NewCache(int slots) => inner.NewCache(slots);

    public void Forward(ReadOnlySpan<int> ids, ReadOnlySpan<int> rowStarts, ReadOnlySpan<KeyValueCache> caches)
    {
        ObjectDisposedException.ThrowIf(Disposed, this);
        Steps++;
        LastRows = caches.Length;
        Tokens += ids.Length;
        BeforeStep();
        inner.Forward(ids, rowStarts, caches);
    }

    public int Sample(int sequence, Sampler sampler, ReadOnlySpan<int> prompt, ReadOnlySpan<int> generated, double draw, out float logProb)
    {
        BeforeSample?.Invoke(prompt.ToArray());
        return inner.Sample(sequence, sampler, prompt, generated, draw, out logProb);
    }

    public void ReadLogits(int sequence, Span<float> destination) => inner.ReadLogits(sequence, destination);

    public void Dispose()
    {
        Disposed = true;
        inner.Dispose();
    }
}
