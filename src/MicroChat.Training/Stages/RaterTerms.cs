using System.Text.Json;

namespace MicroChat.Training.Stages;

/// <summary>
/// Slope and severity of every rater, learned beside the scores by Adam; a weak pull towards 1 and 0 keeps raters of few thumbs average. Without learning all are
/// average: the plain logistic loss.
/// </summary>
/// <param name="raters">People, the unnamed among them.</param>
/// <param name="learn">Whether the terms move.</param>
internal sealed class RaterTerms(int raters, bool learn)
{
    private const double Rate = 0.02, Beta1 = 0.9, Beta2 = 0.95, Epsilon = 1e-8, Pull = 1e-3;

    private Saved _state = Fresh(raters);

    public double[] Slopes => _state.Slopes;

    public double[] Severities => _state.Severities;

    /// <summary>One update of the terms; none where a gradient is no number, as with the weights.</summary>
    public void Step(ReadOnlySpan<double> dSlopes, ReadOnlySpan<double> dSeverities)
    {
        if (!learn || !double.IsFinite(dSlopes.ToArray().Sum()) || !double.IsFinite(dSeverities.ToArray().Sum()))
        {
            return;
        }
        _state = _state with { Steps = _state.Steps + 1 };
        for (int u = 0; u < Slopes.Length; u++)
        {
            Slopes[u] -= Move(dSlopes[u] + (Pull * (Slopes[u] - 1)), 2 * u);
            Severities[u] -= Move(dSeverities[u] + (Pull * Severities[u]), (2 * u) + 1);
        }
    }

    public string? Save() => learn ? JsonSerializer.Serialize(_state) : null;

    public void Restore(string state) => _state = JsonSerializer.Deserialize<Saved>(state) is { } saved && saved.Slopes.Length == raters
        ? saved : throw new TrainingException($"The saved terms of the raters are not those of {raters} raters; delete the checkpoint, or name the data of the run.");

    private double Move(double gradient, int at)
    {
        double first = _state.First[at] = (Beta1 * _state.First[at]) + ((1 - Beta1) * gradient);
        double second = _state.Second[at] = (Beta2 * _state.Second[at]) + ((1 - Beta2) * gradient * gradient);
        return Rate * (first / (1 - Math.Pow(Beta1, _state.Steps))) / (Math.Sqrt(second / (1 - Math.Pow(Beta2, _state.Steps))) + Epsilon);
    }

    private static Saved Fresh(int raters)
    {
        double[] slopes = new double[raters];
        Array.Fill(slopes, 1);
        return new Saved(0, slopes, new double[raters], new double[2 * raters], new double[2 * raters]);
    }

    private sealed record Saved(long Steps, double[] Slopes, double[] Severities, double[] First, double[] Second);
}
