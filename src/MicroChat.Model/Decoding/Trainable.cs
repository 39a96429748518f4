using MicroChat.Kernels;

namespace MicroChat.Model.Decoding;

/// <summary>Parameters that learn: a block of weights, the sum of their gradients since the last step, and the optimiser's moments.</summary>
public sealed class Trainable : IDisposable
{
    /// <summary>Zero gradients and moments for weights that stay the caller's.</summary>
    public Trainable(ParameterBlock weights, Crew crew)
    {
        Weights = weights;
        Gradients = weights.NewLike();
        Optimizer = new Optimizer(weights, crew);
    }

    /// <summary>What <see cref="Step"/> changes.</summary>
    public ParameterBlock Weights { get; }

    /// <summary>Sums of gradients since the last step.</summary>
    public ParameterBlock Gradients { get; }

    /// <summary>Moments and their step count.</summary>
    public Optimizer Optimizer { get; }

    /// <summary>Clips all parts by the norm of their gradients together, updates the weights, clears the gradients.</summary>
    /// <returns>The gradient norm before clipping. When it is not finite nothing was updated, but the gradients are cleared.</returns>
    public static double Step(ReadOnlySpan<Trainable> parts, float learningRate, OptimizerOptions options)
    {
        double squares = 0;
        foreach (Trainable part in parts)
        {
            squares += part.Optimizer.SumOfSquares(part.Gradients);
        }
        double norm = Math.Sqrt(squares);
        float clip = options.MaxGradientNorm > 0 ? (float)Math.Min(1, options.MaxGradientNorm / (norm + 1e-6)) : 1f;
        foreach (Trainable part in parts)
        {
            if (double.IsFinite(norm))
            {
                part.Optimizer.Move(part.Weights, part.Gradients, learningRate, clip, options);
            }
            part.Gradients.Clear();
        }
        return norm;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Gradients.Dispose();
        Optimizer.Dispose();
    }
}
