using MicroChat.Model.Decoding;

namespace MicroChat.Model.Checkpoints;

/// <summary>The rotary positions in config.json: rope_theta and rope_scaling (transformers 4) or rope_parameters (5).</summary>
internal static class RopeFields
{
    private const string V4 = "rope_scaling", V5 = "rope_parameters";
    private const double LargestFactor = 1e6, LargestTheta = 1e30;

    public static double Theta(JsonFields fields) =>
        fields.Object(V5)?.Number("rope_theta", 1, LargestTheta) ?? fields.Number("rope_theta", 1, LargestTheta) ?? 10_000;

    /// <summary>How the frequencies are stretched; null: they are not.</summary>
    public static RopeScaling? Scaling(JsonFields fields, int context, int headSize)
    {
        JsonFields? given = fields.Object(V5) is { } v5 && (v5.Has("rope_type") || v5.Has("type")) ? v5 : fields.Object(V4);
        RequireWholeHead(fields);
        if (given is not { IsEmpty: false } rope)
        {
            return null;
        }
        RequireWholeHead(rope);
        string kindField = rope.Has("rope_type") ? "rope_type" : "type";
        int original = rope.Integer("original_max_position_embeddings", 1, int.MaxValue) ?? fields.Integer("original_max_position_embeddings", 1, int.MaxValue) ?? context;
        return rope.Text(kindField) switch
        {
            "default" => null,
            "linear" => new RopeScaling { Kind = "linear", Factor = Factor(rope) },
            "dynamic" when headSize > 2 => new RopeScaling { Kind = "dynamic", Factor = Factor(rope) },
            "llama3" => Llama3(rope),
            "yarn" when Theta(fields) > 1 => Yarn(rope, context, original),
            "longrope" when original > 1 => LongRope(rope, context, original, headSize),
            _ => throw rope.Wrong(kindField, "default, linear, dynamic (with heads of more than 2 channels), llama3, yarn (with a rope_theta above 1) or longrope (stretched from more than 1 token); other kinds are not built yet"),
        };
    }

    private static void RequireWholeHead(JsonFields fields)
    {
        if (fields.Number("partial_rotary_factor", 0, 1) is not (null or 1))
        {
            throw fields.Wrong("partial_rotary_factor", "1; rotating a part of each head is not built yet for this family", "Use another model.");
        }
    }

    private static double Factor(JsonFields rope) => rope.Number("factor", 1, LargestFactor) ?? throw rope.Wrong("factor", $"a number from 1 to {LargestFactor}");

    private static RopeScaling Llama3(JsonFields rope)
    {
        double low = rope.Number("low_freq_factor", 1e-6, LargestFactor) ?? throw rope.Wrong("low_freq_factor", "a positive number");
        double high = rope.Number("high_freq_factor", 1e-6, LargestFactor) ?? throw rope.Wrong("high_freq_factor", "a positive number");
        return high > low
            ? new RopeScaling
            {
                Kind = "llama3",
                Factor = Factor(rope),
                LowFrequencyFactor = low,
                HighFrequencyFactor = high,
                OriginalContextTokens = rope.Integer("original_max_position_embeddings", 1, int.MaxValue)
                    ?? throw rope.Wrong("original_max_position_embeddings", "the number of tokens before stretching"),
            }
            : throw rope.Wrong("high_freq_factor", $"above low_freq_factor = {low}");
    }

    private static RopeScaling Yarn(JsonFields rope, int context, int original)
    {
        double fast = rope.Number("beta_fast", 1e-6, LargestFactor) ?? 32, slow = rope.Number("beta_slow", 1e-6, LargestFactor) ?? 1;
        if (fast < slow)
        {
            throw rope.Wrong("beta_fast", $"at least beta_slow = {slow}");
        }
        return new RopeScaling
        {
            Kind = "yarn",
            Factor = rope.Number("factor", 1, LargestFactor) ?? Math.Max(1, (double)context / original),
            OriginalContextTokens = original,
            AttentionFactor = rope.Number("attention_factor", 1e-6, LargestFactor),
            BetaFast = fast,
            BetaSlow = slow,
            MagnitudeScale = rope.Number("mscale", 0, LargestFactor),
            MagnitudeScaleAllDims = rope.Number("mscale_all_dim", 0, LargestFactor),
            Truncate = rope.Flag("truncate") ?? true,
        };
    }

    private static RopeScaling LongRope(JsonFields rope, int context, int original, int headSize) => new()
    {
        Kind = "longrope",
        Factor = rope.Number("factor", 1, LargestFactor) ?? Math.Max(1, (double)context / original),
        OriginalContextTokens = original,
        AttentionFactor = rope.Number("attention_factor", 1e-6, LargestFactor),
        ShortFactors = rope.Numbers("short_factor", headSize / 2) ?? throw rope.Wrong("short_factor", $"a list of {headSize / 2} positive numbers"),
        LongFactors = rope.Numbers("long_factor", headSize / 2) ?? throw rope.Wrong("long_factor", $"a list of {headSize / 2} positive numbers"),
    };
}
