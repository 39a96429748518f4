namespace MicroChat.Model.Decoding;

/// <summary>
/// Fresh weights: matrices normal with the config's standard deviation, those that write into the residual stream divided by
/// √(2·layers) so that its variance does not grow with depth (Radford et al. 2019, §2.3); gains 1, biases 0.
/// </summary>
public static class WeightInitializer
{
    /// <summary>Overwrites every weight. The same seed gives the same weights on every machine.</summary>
    public static void Initialize(ParameterBlock weights, int seed)
    {
        float deviation = weights.Config.InitializerRange;
        float residual = deviation / MathF.Sqrt(2f * weights.Config.Layers);
        var random = new Random(seed);
        foreach (Parameter parameter in weights.Parameters)
        {
            Span<float> values = weights[parameter];
            if (parameter.IsMatrix)
            {
                bool writesResidual = parameter.Name.EndsWith("o_proj.weight", StringComparison.Ordinal)
                    || parameter.Name.EndsWith("down_proj.weight", StringComparison.Ordinal);
                FillNormal(random, writesResidual ? residual : deviation, values);
            }
            else
            {
                values.Fill(parameter.Name.EndsWith("bias", StringComparison.Ordinal) ? 0f : 1f);
            }
        }
    }

    /// <summary>Box–Muller pairs.</summary>
    internal static void FillNormal(Random random, float deviation, Span<float> values)
    {
        for (int i = 0; i < values.Length; i += 2)
        {
            double radius = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())), angle = 2 * Math.PI * random.NextDouble();
            values[i] = (float)(radius * Math.Cos(angle) * deviation);
            if (i + 1 < values.Length)
            {
                values[i + 1] = (float)(radius * Math.Sin(angle) * deviation);
            }
        }
    }
}
