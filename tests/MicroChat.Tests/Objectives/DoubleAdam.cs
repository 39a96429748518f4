namespace MicroChat.Tests.Objectives;

/// <summary>AdamW in double, for runs that are held against a reference to many digits.</summary>
internal sealed class DoubleAdam(double rate, double beta1, double beta2, double epsilon, double decay)
{
    private readonly Dictionary<double[], (double[] M, double[] V)> _moments = [];
    private int _step;

    /// <summary>Clips by the global norm (none: infinity) and updates every parameter.</summary>
    /// <returns>The norm before clipping.</returns>
    public double Step(double maxNorm, params (double[] Parameter, double[] Gradient)[] all)
    {
        double norm = Math.Sqrt(all.Sum(p => p.Gradient.Sum(g => g * g))), factor = Math.Min(1, maxNorm / (norm + 1e-6));
        _step++;
        foreach ((double[] w, double[] gradient) in all)
        {
            (double[] m, double[] v) = _moments.TryGetValue(w, out var kept) ? kept : _moments[w] = (new double[w.Length], new double[w.Length]);
            for (int i = 0; i < w.Length; i++)
            {
                double g = gradient[i] * factor;
                m[i] = (beta1 * m[i]) + ((1 - beta1) * g);
                v[i] = (beta2 * v[i]) + ((1 - beta2) * g * g);
                double first = m[i] / (1 - Math.Pow(beta1, _step)), second = Math.Sqrt(v[i] / (1 - Math.Pow(beta2, _step)));
                w[i] = (w[i] * (1 - (rate * decay))) - (rate * first / (second + epsilon));
            }
        }
        return norm;
    }
}
