using MicroChat.Kernels;

namespace MicroChat.Model.Decoding;

/// <summary>Keys and values of one sequence, all layers, for up to <see cref="Slots"/> tokens. They lie where their decoder computes.</summary>
public abstract class KeyValueCache : IDisposable
{
    /// <summary>An empty cache.</summary>
    /// <param name="config">The decoder's shape.</param>
    /// <param name="slots">Tokens that fit.</param>
    /// <exception cref="ArgumentException">There is no slot.</exception>
    protected KeyValueCache(DecoderConfig config, int slots)
    {
        Shape.Require(slots >= 1, slots, $"at least 1");
        Config = config;
        Slots = slots;
    }

    /// <summary>The decoder's shape.</summary>
    public DecoderConfig Config { get; }

    /// <summary>Tokens that fit. Unit: tokens.</summary>
    public int Slots { get; }

    /// <summary>Tokens in the cache. Unit: tokens.</summary>
    public int Seen { get; private set; }

    /// <summary>
    /// The adapter that this sequence runs with; null: the base alone. The keys and values in a cache are those of one adapter, so it can
    /// be changed only while the cache is empty.
    /// </summary>
    /// <exception cref="InvalidOperationException">The cache holds tokens.</exception>
    /// <exception cref="ArgumentException">The adapter was made for another shape.</exception>
    public LoraAdapter? Adapter
    {
        get;
        set
        {
            if (Seen > 0 && !ReferenceEquals(value, field))
            {
                throw new InvalidOperationException($"The cache holds {Seen} tokens that another adapter computed; truncate it to 0 first.");
            }
            value?.RequireFits(Config);
            field = value;
        }
    }

    /// <summary>Bytes held.</summary>
    public abstract long Bytes { get; }

    /// <summary>Forgets everything from token <paramref name="seen"/> on.</summary>
    public void Truncate(int seen)
    {
        Shape.Require(seen >= 0 && seen <= Seen, seen, $"between 0 and the {Seen} tokens in the cache");
        Seen = seen;
    }

    /// <summary>Forgets everything and becomes a copy of the first tokens of another cache of the same model and adapter.</summary>
    /// <exception cref="ArgumentException">The other does not hold that many, they do not fit here, or it has another shape, adapter or decoder. Nothing was written.</exception>
    public void CopyFrom(KeyValueCache other, int tokens)
    {
        Shape.Require(tokens >= 0 && tokens <= other.Seen, tokens, $"between 0 and the {other.Seen} tokens in the other cache");
        if (!ReferenceEquals(other.Adapter, Adapter))
        {
            throw new ArgumentException("The other cache was filled with another adapter than this one names; copy only between sequences of one adapter.");
        }
        Shape.Require(tokens <= Slots, tokens, $"within the {Slots} slots here");
        CopyTokens(other, tokens);
        Seen = tokens;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Gives the memory back.</summary>
    protected abstract void Dispose(bool disposing);

    /// <summary>Copies keys and values of the first tokens, which both caches have room for.</summary>
    /// <exception cref="ArgumentException">The other has another shape or belongs to another kind of decoder. Nothing was written.</exception>
    protected abstract void CopyTokens(KeyValueCache other, int tokens);

    internal void Advance(int tokens) => Seen += tokens;
}
