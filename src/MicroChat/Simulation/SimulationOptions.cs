using MicroChat.Discord.Simulator.Town;
using MicroChat.Discord.Simulator.Town.Golds;
using MicroChat.Options;

namespace MicroChat.Simulation;

/// <summary>A rehearsal of the loop in a simulated town.</summary>
internal sealed record SimulationOptions
{
    /// <summary>Folder of the run: models, feedback, cycles, report.</summary>
    public required string Folder { get; init; }

    /// <summary>The model that the town begins with; it is copied, and never changed.</summary>
    public required string Model { get; init; }

    /// <summary>What members like.</summary>
    public required IGoldPreference Gold { get; init; }

    /// <summary>What members ask; a part of it is the arena's.</summary>
    public required IReadOnlyList<string> Prompts { get; init; }

    /// <summary>Retraining cycles; 0: members only chat and vote.</summary>
    public int Generations { get; init; } = 3;

    /// <summary>Conversations of a season, the time between two cycles.</summary>
    public int Conversations { get; init; } = 1_400;

    /// <summary>Who lives there.</summary>
    public TownOptions Town { get; init; } = new();

    /// <summary>Settings of the host beside those that a simulation needs; they win over the file and the environment.</summary>
    public IReadOnlyList<OptionSetting> Settings { get; init; } = [];

    /// <summary>Prompts for the arena's file: every so many-th one, which members do not ask.</summary>
    public const int ArenaStride = 8;
}
