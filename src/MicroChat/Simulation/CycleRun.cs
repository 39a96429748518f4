using MicroChat.Cycles;

namespace MicroChat.Simulation;

/// <summary>A retraining cycle that came to its end.</summary>
/// <param name="State">What cycle.json says.</param>
/// <param name="Snapshot">Folder of what it learned from.</param>
/// <param name="Took">Real time.</param>
internal sealed record CycleRun(CycleState State, string Snapshot, TimeSpan Took);
