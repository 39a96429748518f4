using MicroChat.Kernels;

namespace MicroChat.Training.Objectives;

/// <summary>
/// Generalised advantage estimation: <c>δ_t = r_t + γ V_{t+1} − V_t</c>, <c>A_t = δ_t + γλ A_{t+1}</c>, <c>R_t = A_t + V_t</c>, over the counted positions of each row;
/// positions between them are passed over. V and A after the last action are 0. Source: Schulman et al. 2016, eq. 16.
/// </summary>
public static class AdvantageEstimation
{
    /// <summary>Advantages and returns; both 0 where the mask is false.</summary>
    /// <param name="rewards">(T)</param>
    /// <param name="values">(T) what the value head said before each action.</param>
    /// <param name="mask">(T) the actions.</param>
    /// <param name="rowStarts">(B + 1)</param>
    /// <param name="bootstrap">(B) value of the state after the last action, for replies that were cut off; empty: 0.</param>
    /// <param name="terminal">(T) whether an episode ends with the action, for several in a row; empty: only at the rows' ends.</param>
    /// <param name="gamma">γ, the discount per token.</param>
    /// <param name="lambda">λ: 0 trusts the values, 1 the rewards.</param>
    /// <param name="advantages">(T) out.</param>
    /// <param name="returns">(T) out.</param>
    /// <exception cref="ArgumentException">A shape does not fit; nothing was written.</exception>
    public static void Evaluate(
        ReadOnlySpan<double> rewards, ReadOnlySpan<double> values, ReadOnlySpan<bool> mask, ReadOnlySpan<int> rowStarts,
        ReadOnlySpan<double> bootstrap, ReadOnlySpan<bool> terminal, double gamma, double lambda, Span<double> advantages, Span<double> returns)
    {
        int T = rewards.Length, B = MaskedRows.RequireRows(rowStarts, T);
        MaskedRows.RequireTokens(values.Length, T, nameof(values));
        MaskedRows.RequireTokens(mask.Length, T, nameof(mask));
        MaskedRows.RequireTokens(advantages.Length, T, nameof(advantages));
        MaskedRows.RequireTokens(returns.Length, T, nameof(returns));
        Shape.Require(bootstrap.Length == B || bootstrap.IsEmpty, bootstrap.Length, $"the number of rows {B}, or 0 for none");
        Shape.Require(terminal.Length == T || terminal.IsEmpty, terminal.Length, $"the number of tokens {T}, or 0 for none");
        advantages.Clear();
        returns.Clear();
        for (int b = 0; b < B; b++)
        {
            double nextValue = bootstrap.IsEmpty ? 0 : bootstrap[b], nextAdvantage = 0;
            for (int t = rowStarts[b + 1] - 1; t >= rowStarts[b]; t--)
            {
                if (!mask[t])
                {
                    continue;
                }
                if (!terminal.IsEmpty && terminal[t])
                {
                    (nextValue, nextAdvantage) = (0, 0);
                }
                double delta = rewards[t] + (gamma * nextValue) - values[t];
                nextAdvantage = advantages[t] = delta + (gamma * lambda * nextAdvantage);
                nextValue = values[t];
                returns[t] = nextAdvantage + nextValue;
            }
        }
    }
}
