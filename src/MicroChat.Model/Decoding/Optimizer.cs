using MicroChat.Kernels;

namespace MicroChat.Model.Decoding;

/// <summary>Moves the weights along their gradients, and keeps the moments that this takes.</summary>
public sealed class Optimizer : IDisposable
{
    private readonly Crew _crew;
    private readonly Muon _muon;

    internal Optimizer(ParameterBlock weights, Crew crew)
    {
        First = weights.NewLike();
        Second = weights.NewLike();
        _crew = crew;
        _muon = new Muon(crew);
    }

    /// <summary>First moments; for matrices under Muon their momentum.</summary>
    public ParameterBlock First { get; }

    /// <summary>Second moments; 0 for matrices under Muon.</summary>
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
        _muon.Dispose();
        First.Dispose();
        Second.Dispose();
    }

    internal double Step(ParameterBlock weights, ParameterBlock gradients, float learningRate, OptimizerOptions options)
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
            Move(weights, gradients, parameter, learningRate, clip, options);
        }
        return norm;
    }

    private void Move(ParameterBlock weights, ParameterBlock gradients, Parameter parameter, float learningRate, float clip, OptimizerOptions options)
    {
        if (options.MatrixRule == MatrixRule.Muon && parameter.IsMatrix && parameter.IsInsideBlock)
        {
            var step = new MuonStep(learningRate, options.WeightDecay, options.Momentum, Nesterov: true, clip, MatchAdamW: true);
            _muon.Step(weights[parameter], gradients[parameter], First[parameter], (int)parameter.Shape[0], (int)parameter.Shape[1], step);
        }
        else
        {
            var step = new AdamWStep(
                learningRate, options.Beta1, options.Beta2, options.Epsilon, parameter.IsMatrix ? options.WeightDecay : 0f, Steps, clip);
            AdamW.Step(_crew, weights[parameter], gradients[parameter], First[parameter], Second[parameter], step);
        }
    }
}
