namespace MicroChat.Proofs.Mutation;

/// <summary>All mutants.</summary>
internal static class Mutants
{
    /// <summary>The test that trains to the exact optimum; its output has the gap.</summary>
    public const string Optimum = "Rollouts.PpoOptimumThroughDecoderTests.Training_closes_the_gap_to_the_exact_optimum";

    public static IReadOnlyList<Mutant> All { get; } = [.. PpoMutants.All, .. PreferenceMutants.All];
}
