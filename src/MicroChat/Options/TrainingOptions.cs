using MicroChat.Feedback;
using MicroChat.Feedback.Trust;

namespace MicroChat.Options;

/// <summary>What may become of what people said, and whose votes count how much.</summary>
internal sealed record TrainingOptions : TrustOptions
{
    /// <summary>
    /// What of Discord may be trained on: only votes on the operator's own prompts (Arena), or also messages whose writers and server agreed (Consented).
    /// Discord's developer policy forbids training on messages without its permission: Consented is the operator's own decision.
    /// </summary>
    public TrainingContent DiscordContent { get; init; } = TrainingContent.Arena;

    /// <summary>One retraining cycle.</summary>
    public CycleOptions Cycle { get; init; } = new();

    /// <summary>What a snapshot takes by these options.</summary>
    public SnapshotOptions Snapshot => new() { DiscordContent = DiscordContent, Trust = this };
}
