namespace MicroChat.Feedback.Trust;

/// <summary>Bounds what each part of the votes weighs, as a share of all, by making its votes weigh less.</summary>
internal static class ShareCap
{
    private const double Generosity = 2;

    /// <param name="weights">Weights by vote; changed here.</param>
    /// <param name="parts">Votes of each person or place.</param>
    /// <param name="share">Most that a part may weigh; never less than twice an equal part, so that few parts are not cut down together.</param>
    public static void Apply(Dictionary<Guid, double> weights, IReadOnlyList<IReadOnlyList<Guid>> parts, double share)
    {
        double[] sums = [.. parts.Select(part => part.Sum(vote => weights[vote]))];
        double total = sums.Sum(), bound = Math.Max(share * total, Generosity * total / Math.Max(1, sums.Count(sum => sum > 0)));
        for (int i = 0; i < parts.Count; i++)
        {
            foreach (Guid vote in sums[i] > bound ? parts[i] : [])
            {
                weights[vote] *= bound / sums[i];
            }
        }
    }
}
