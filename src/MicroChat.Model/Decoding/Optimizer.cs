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

    /// <inheritdoc/>
    public void Dispose()
    {
        _muon.Dispose();
        First.Dispose();
        Second.Dispose();
    }

    /// <summary>Σ of the squared gradients, in double.</summary>
    internal double SumOfSquares(ParameterBlock gradients)
    {
        double sum = 0;
        foreach (Parameter parameter in gradients.Tensors.Parameters)
        {
            sum += Vectors.SumOfSquares(_crew, gradients[parameter]);
        }
        return sum;
    }

    /// <summary>One update of every parameter; <paramref name="clip"/> multiplies the gradients.</summary>
    internal void Move(ParameterBlock weights, ParameterBlock gradients, float learningRate, float clip, OptimizerOptions options)
    {
        Steps++;
        foreach (Parameter parameter in weights.Tensors.Parameters)
        {
            Move(weights, gradients, parameter, learningRate, clip, options);
        }
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
