using MicroChat.Model.Decoding;

namespace MicroChat.Torch;

/// <summary>AdamW and Muon on the device, by the formulas of the managed optimiser.</summary>
internal static class DeviceOptimizer
{
    /// <summary>Numbers of a block that AdamW moves at once; bounds its scratch. Unit: elements.</summary>
    private const long Piece = 64L << 20;

    private const int NewtonSchulzSteps = 5;

    /// <summary>One update of a block; its step count was raised before.</summary>
    public static void Move(DeviceTraining training, Parameter[] parameters, float learningRate, float clip, OptimizerOptions options)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        training.Gradient.mul_(clip);
        if (options.WeightDecay != 0)
        {
            foreach (Parameter parameter in parameters.Where(p => p.IsMatrix))
            {
                using Tensor weights = View(training.Master, parameter);
                weights.mul_(1 - ((double)learningRate * options.WeightDecay)).Dispose();
            }
        }
        if (options.MatrixRule != MatrixRule.Muon)
        {
            AdamW(training, 0, training.Master.numel(), learningRate, options);
            return;
        }
        foreach (Parameter parameter in parameters)
        {
            if (parameter.IsMatrix && parameter.IsInsideBlock)
            {
                Muon(training, parameter, learningRate, options);
            }
            else
            {
                AdamW(training, parameter.Offset, parameter.Length, learningRate, options);
            }
        }
    }

    private static void AdamW(DeviceTraining training, long offset, long length, float learningRate, OptimizerOptions options)
    {
        double beta1 = (double)(decimal)options.Beta1, beta2 = (double)(decimal)options.Beta2; // the decimals that were written
        double rate = learningRate / (1 - Math.Pow(beta1, training.Steps)), root = Math.Sqrt(1 - Math.Pow(beta2, training.Steps));
        for (long at = offset; at < offset + length; at += Piece)
        {
            using DisposeScope scope = torch.NewDisposeScope();
            long count = Math.Min(Piece, offset + length - at);
            Tensor w = training.Master.narrow(0, at, count), g = training.Gradient.narrow(0, at, count);
            Tensor m = training.First.narrow(0, at, count), v = training.Second.narrow(0, at, count);
            m.mul_(beta1).add_(g, 1 - beta1);
            v.mul_(beta2).addcmul_(g, g, 1 - beta2);
            w.addcdiv_(m, v.sqrt().div_(root).add_(options.Epsilon), -rate);
        }
    }

    private static void Muon(DeviceTraining training, Parameter parameter, float learningRate, OptimizerOptions options)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        long rows = parameter.Shape[0], columns = parameter.Shape[1];
        Tensor w = Matrix(training.Master, parameter), g = Matrix(training.Gradient, parameter), momentum = Matrix(training.First, parameter);
        double mu = options.Momentum;
        momentum.mul_(mu).add_(g, 1 - mu);
        Tensor x = g.mul(1 - mu).add(momentum, mu);                    // Nesterov
        x = Orthogonalize(rows > columns ? x.transpose(0, 1) : x);
        double ratio = 0.2 * Math.Sqrt(Math.Max(rows, columns));        // AdamW's usual root mean square
        w.add_(rows > columns ? x.transpose(0, 1) : x, -learningRate * ratio);
    }

    /// <summary>X ← aX + (bA + cA²)X with A = XXᵀ, five times, from X / ‖X‖; x (m,n), m ≤ n.</summary>
    private static Tensor Orthogonalize(Tensor x)
    {
        x = x.div(x.norm().clamp(1e-7));
        for (int step = 0; step < NewtonSchulzSteps; step++)
        {
            Tensor gram = x.mm(x.transpose(0, 1));
            Tensor factor = gram.mul(-4.775).add(gram.mm(gram), 2.0315); // the iteration's published coefficients
            x = x.mul(3.4445).add(factor.mm(x));
        }
        return x;
    }

    private static Tensor View(Tensor flat, Parameter parameter) => flat.narrow(0, parameter.Offset, parameter.Length);

    private static Tensor Matrix(Tensor flat, Parameter parameter) => View(flat, parameter).view(parameter.Shape[0], parameter.Shape[1]);
}
