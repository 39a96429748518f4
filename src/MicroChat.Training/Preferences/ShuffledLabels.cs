namespace MicroChat.Training.Preferences;

/// <summary>
/// The control that a reward model must beat: the same replies with better and worse drawn by lot. A model trained on it that is right on held-out pairs
/// has found a leak.
/// </summary>
public static class ShuffledLabels
{
    /// <summary>A copy with each comparison turned round with probability ½.</summary>
    /// <param name="groups">Training groups.</param>
    /// <param name="random">Where the lots come from: the same seed gives the same labels.</param>
    public static IReadOnlyList<EncodedGroup> Of(IEnumerable<EncodedGroup> groups, Random random) => [.. groups.Select(group => group with
    {
        Comparisons = [.. group.Comparisons.Select(pair => random.Next(2) == 0 ? pair : pair with { Better = pair.Worse, Worse = pair.Better })],
    })];
}
