namespace MicroChat.Model.Decoding;

/// <summary>The angles of rotary positions: at position p, the pair (i, i + R/2) of a head turns by p · InverseFrequencies[i], and cos and sin are multiplied by Scale.</summary>
/// <param name="InverseFrequencies">Angle per token, (R/2) with R = D. Unit: radians.</param>
/// <param name="Scale">Multiplies cos and sin.</param>
/// <param name="DependsOnLength">Whether another length could give other frequencies; if so, cached keys that were already turned are only right for their own length.</param>
/// <remarks>Sources: Su et al. 2021 (arXiv:2104.09864); linear: Chen et al. 2023 (arXiv:2306.15595); yarn: Peng et al. 2023
/// (arXiv:2309.00071); longrope: Ding et al. 2024 (arXiv:2402.13753); llama3: Llama 3.1's model card.</remarks>
public sealed record RotaryFrequencies(double[] InverseFrequencies, double Scale, bool DependsOnLength)
{
    /// <summary>The frequencies for a sequence of a length.</summary>
    /// <param name="config">The decoder; its head size is even.</param>
    /// <param name="length">Tokens of the whole sequence, cached ones included.</param>
    /// <exception cref="ArgumentException">The config's kind of scaling is not known.</exception>
    public static RotaryFrequencies For(DecoderConfig config, int length)
    {
        double[] plain = Plain(config.RopeTheta, config.HeadSize);
        return config.RopeScaling switch
        {
            null => new RotaryFrequencies(plain, 1, false),
            { Kind: "linear" } s => new RotaryFrequencies([.. plain.Select(f => f / s.Factor)], 1, false),
            { Kind: "dynamic" } s => new RotaryFrequencies(Plain(DynamicTheta(config, s, length), config.HeadSize), 1, true),
            { Kind: "llama3" } s => new RotaryFrequencies([.. plain.Select(f => Llama3(s, f))], 1, false),
            { Kind: "yarn" } s => new RotaryFrequencies(Yarn(config, s, plain), YarnScale(s), false),
            { Kind: "longrope" } s => new RotaryFrequencies(LongRope(config, s, plain, length), LongRopeScale(config, s), true),
            { } s => throw new ArgumentException($"The rotary scaling \"{s.Kind}\" is not known; use linear, dynamic, llama3, yarn or longrope."),
        };
    }

    private static double[] Plain(double theta, int headSize)
    {
        double[] frequencies = new double[headSize / 2];
        for (int i = 0; i < frequencies.Length; i++)
        {
            frequencies[i] = Math.Pow(theta, -2.0 * i / headSize);
        }
        return frequencies;
    }

    private static double DynamicTheta(DecoderConfig config, RopeScaling scaling, int length)
    {
        double stretch = (double)Math.Max(length, config.ContextTokens) / config.ContextTokens;
        return config.RopeTheta * Math.Pow((scaling.Factor * stretch) - (scaling.Factor - 1), config.HeadSize / (config.HeadSize - 2.0));
    }

    private static double Llama3(RopeScaling scaling, double frequency)
    {
        double low = scaling.LowFrequencyFactor!.Value, high = scaling.HighFrequencyFactor!.Value;
        double rotations = scaling.OriginalContextTokens!.Value * frequency / (2 * Math.PI);
        double kept = Math.Clamp((rotations - low) / (high - low), 0, 1);
        return ((1 - kept) * frequency / scaling.Factor) + (kept * frequency);
    }

    private static double[] Yarn(DecoderConfig config, RopeScaling scaling, double[] plain)
    {
        double first = YarnDimension(config, scaling, scaling.BetaFast ?? 32), last = YarnDimension(config, scaling, scaling.BetaSlow ?? 1);
        first = Math.Max(scaling.Truncate ? Math.Floor(first) : first, 0);
        last = Math.Min(scaling.Truncate ? Math.Ceiling(last) : last, config.HeadSize - 1);
        double width = first == last ? 0.001 : last - first;     // the reference's guard against a ramp of width 0
        double[] frequencies = new double[plain.Length];
        for (int i = 0; i < plain.Length; i++)
        {
            double divided = Math.Clamp((i - first) / width, 0, 1);
            frequencies[i] = (plain[i] / scaling.Factor * divided) + (plain[i] * (1 - divided));
        }
        return frequencies;
    }

    /// <summary>The dimension that makes this many rotations over the original context.</summary>
    private static double YarnDimension(DecoderConfig config, RopeScaling scaling, double rotations)
    {
        double original = scaling.OriginalContextTokens ?? config.ContextTokens;
        return config.HeadSize * Math.Log(original / (rotations * 2 * Math.PI)) / (2 * Math.Log(config.RopeTheta));
    }

    private static double YarnScale(RopeScaling scaling) =>
        scaling.AttentionFactor
        ?? (scaling is { MagnitudeScale: > 0 and double one, MagnitudeScaleAllDims: > 0 and double all }
            ? YarnMagnitude(scaling.Factor, one) / YarnMagnitude(scaling.Factor, all)
            : YarnMagnitude(scaling.Factor, 1));

    private static double YarnMagnitude(double factor, double magnitude) => factor <= 1 ? 1 : (0.1 * magnitude * Math.Log(factor)) + 1;

    private static double[] LongRope(DecoderConfig config, RopeScaling scaling, double[] plain, int length)
    {
        bool isLong = length > (scaling.OriginalContextTokens ?? config.ContextTokens);
        return [.. plain.Zip((isLong ? scaling.LongFactors : scaling.ShortFactors)!, (frequency, factor) => frequency / factor)];
    }

    private static double LongRopeScale(DecoderConfig config, RopeScaling scaling) =>
        scaling.AttentionFactor
        ?? (scaling.Factor <= 1 ? 1 : Math.Sqrt(1 + (Math.Log(scaling.Factor) / Math.Log(scaling.OriginalContextTokens ?? config.ContextTokens))));
}
