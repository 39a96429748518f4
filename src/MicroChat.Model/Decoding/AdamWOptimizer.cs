using MicroChat.Kernels;

namespace MicroChat.Model.Decoding;

/// <summary>AdamW's moments for every parameter of a decoder.</summary>
public sealed class AdamWOptimizer : IDisposable
{
    private readonly Crew _crew;

    internal AdamWOptimizer(ParameterBlock weights, Crew crew)
    {
        First = weights.NewLike();
        Second = weights.NewLike();
        _crew = crew;
    }

    /// <summary>First moments.</summary>
    public ParameterBlock First { get; }

    /// <summary>Second moments.</summary>
    public ParameterBlock Second { get; }

    /// <summary>Updates made so far; settable when a checkpoint is restored.</summary>
    public long Steps { get; set; }

    /// <summary>Global norm of all gradients, summed in double.</summary>
    public double GradientNorm(ParameterBlock gradients)
    {
        double sum = 0;
        foreach (Parameter parameter in gradients.Layout.Parameters)
        {
            sum += Vectors.SumOfSquares(_crew, gradients[parameter]);
        }
        return Math.Sqrt(sum);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        First.Dispose();
        Second.Dispose();
    }

    internal double Step(ParameterBlock weights, ParameterBlock gradients, float learningRate, AdamWOptions options)
    {
        double norm = GradientNorm(gradients);
        if (!double.IsFinite(norm))
        {
            return norm;
        }
        float clip = options.MaxGradientNorm > 0 ? (float)Math.Min(1, options.MaxGradientNorm / (norm + 1e-6)) : 1f;
        Steps++;
        foreach (Parameter parameter in weights.Layout.Parameters)
        {
            var step = new AdamWStep(
                learningRate, options.Beta1, options.Beta2, options.Epsilon, parameter.IsMatrix ? options.WeightDecay : 0f, Steps, clip);
            AdamW.Step(_crew, weights[parameter], gradients[parameter], First[parameter], Second[parameter], step);
        }
        return norm;
    }
}
