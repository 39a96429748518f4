using MicroChat.Feedback;

namespace MicroChat.Options;

/// <summary>What people said may become of it.</summary>
internal sealed record TrainingOptions
{
    /// <summary>
    /// What of Discord may be trained on: only votes on the operator's own prompts (Arena), or also messages whose writers and server agreed (Consented).
    /// Discord's developer policy forbids training on messages without its permission: Consented is the operator's own decision.
    /// </summary>
    public TrainingContent DiscordContent { get; init; } = TrainingContent.Arena;

    /// <summary>One retraining cycle.</summary>
    public CycleOptions Cycle { get; init; } = new();
}
