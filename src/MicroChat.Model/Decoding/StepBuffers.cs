namespace MicroChat.Model.Decoding;

/// <summary>The activations of one serving step, cut from one block of scratch.</summary>
internal readonly ref struct StepBuffers
{
    public StepBuffers(Span<float> scratch, int tokens, int C, int qkv, int heads, int F)
    {
        Tokens = tokens;
        X = Take(ref scratch, tokens * C);
        Normed = Take(ref scratch, tokens * C);
        Qkv = Take(ref scratch, tokens * qkv);
        Attended = Take(ref scratch, tokens * heads);
        GateUp = Take(ref scratch, tokens * 2 * F);
        Hidden = Take(ref scratch, tokens * F);
    }

    public int Tokens { get; }

    /// <summary>The residual stream, (T,C).</summary>
    public Span<float> X { get; }

    /// <summary>Input of a branch, (T,C).</summary>
    public Span<float> Normed { get; }

    /// <summary>(T,(H+2Hkv)D).</summary>
    public Span<float> Qkv { get; }

    /// <summary>(T,HD).</summary>
    public Span<float> Attended { get; }

    /// <summary>(T,2F).</summary>
    public Span<float> GateUp { get; }

    /// <summary>(T,F).</summary>
    public Span<float> Hidden { get; }

    public static long Floats(int tokens, int C, int qkv, int heads, int F) =>
        6 * 16 + (long)tokens * (2 * C + qkv + heads + 3 * F);

    private static Span<float> Take(scoped ref Span<float> scratch, int length)
    {
        Span<float> taken = scratch[..length];
        scratch = scratch[((length + 15) / 16 * 16)..];
        return taken;
    }
}
