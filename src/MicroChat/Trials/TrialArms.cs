using MicroChat.Chat.Registry;

namespace MicroChat.Trials;

/// <summary>The two generations of a trial, as feedback names them.</summary>
/// <param name="Canary">On trial.</param>
/// <param name="Live">Its yardstick.</param>
/// <param name="Trial">How it is tried.</param>
internal sealed record TrialArms(ModelGeneration Canary, ModelGeneration Live, Trial Trial)
{
    /// <summary>Name and number, as exchanges are recorded under.</summary>
    public string CanaryVersion => VersionOf(Canary);

    public string LiveVersion => VersionOf(Live);

    public static string VersionOf(ModelGeneration generation) => $"{generation.Card.Name}@{generation.Card.Generation}";

    /// <summary>The trial that is running; null: none.</summary>
    public static TrialArms? Of(ModelRegistry registry) =>
        registry is { Canary: { } canary, Trial: { } trial } ? new TrialArms(canary, registry.Live, trial) : null;
}
