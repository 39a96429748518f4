namespace MicroChat.Discord.Simulator.Town.Golds;

/// <summary>The preferences that come with the simulator.</summary>
public static class GoldPreferences
{
    /// <summary>All of them; the last one tempts to reward hacking.</summary>
    public static IReadOnlyList<IGoldPreference> All { get; } = [new OnTopic(), new Warmth(), new Concreteness(), new Flattery()];

    /// <summary>The one with a name; null: there is none.</summary>
    public static IGoldPreference? Find(string name) => All.FirstOrDefault(gold => string.Equals(gold.Name, name, StringComparison.OrdinalIgnoreCase));
}
