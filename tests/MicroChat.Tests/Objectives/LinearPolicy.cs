namespace MicroChat.Tests.Objectives;

/// <summary>logits = features · W + b, value = features · w_v + b_v: the smallest policy that goes from slopes of log-probabilities to slopes of weights.</summary>
internal sealed class LinearPolicy(int features, int vocabulary)
{
    public double[] W { get; init; } = new double[features * vocabulary];

    public double[] B { get; init; } = new double[vocabulary];

    public double[] ValueW { get; init; } = new double[features];

    public double[] ValueB { get; init; } = new double[1];

    /// <summary>Log-probability of every action and entropy, at a temperature.</summary>
    public (double[] LogProb, double[] Entropy) Score(double[] x, int[] actions, double temperature)
    {
        double[] logProb = new double[actions.Length], entropy = new double[actions.Length];
        for (int t = 0; t < actions.Length; t++)
        {
            double[] logP = LogSoftmax(x.AsSpan(t * features, features), temperature);
            (logProb[t], entropy[t]) = (logP[actions[t]], -logP.Sum(l => Math.Exp(l) * l));
        }
        return (logProb, entropy);
    }

    public double[] Values(double[] x) => [.. x.Chunk(features).Select(f => ValueB[0] + f.Zip(ValueW, (a, b) => a * b).Sum())];

    /// <summary>Adds the slopes of the weights.</summary>
    public void Backward(double[] x, int[] actions, double temperature, double[] dLogProb, double[] dEntropy, double[] dValues, LinearPolicy gradient)
    {
        for (int t = 0; t < actions.Length; t++)
        {
            ReadOnlySpan<double> f = x.AsSpan(t * features, features);
            double[] logP = LogSoftmax(f, temperature);
            double entropy = -logP.Sum(l => Math.Exp(l) * l);
            for (int v = 0; v < vocabulary; v++)
            {
                double p = Math.Exp(logP[v]), chosen = v == actions[t] ? 1 : 0;
                double dz = ((dLogProb[t] * (chosen - p)) - (dEntropy.Length == 0 ? 0 : dEntropy[t] * p * (logP[v] + entropy))) / temperature;
                gradient.B[v] += dz;
                for (int i = 0; i < features; i++)
                {
                    gradient.W[(i * vocabulary) + v] += f[i] * dz;
                }
            }
            for (int i = 0; i < features && dValues.Length > 0; i++)
            {
                gradient.ValueW[i] += f[i] * dValues[t];
            }
            gradient.ValueB[0] += dValues.Length > 0 ? dValues[t] : 0;
        }
    }

    public (double[] Parameter, double[] Gradient)[] With(LinearPolicy gradient) =>
        [(W, gradient.W), (B, gradient.B), (ValueW, gradient.ValueW), (ValueB, gradient.ValueB)];

    private double[] LogSoftmax(ReadOnlySpan<double> f, double temperature)
    {
        double[] z = [.. B];
        for (int i = 0; i < f.Length; i++)
        {
            for (int v = 0; v < vocabulary; v++)
            {
                z[v] += f[i] * W[(i * vocabulary) + v];
            }
        }
        double max = z.Max() / temperature, log = max + Math.Log(z.Sum(a => Math.Exp((a / temperature) - max)));
        return [.. z.Select(a => (a / temperature) - log)];
    }
}
