using MicroChat.Chat;
using MicroChat.Model.Sampling;

namespace MicroChat.Dialog;

/// <summary>What the commands of a conversation look at and change.</summary>
internal sealed class ChatState
{
    public required ChatSession Session { get; init; }

    public required ModelCard Model { get; init; }

    public required SamplingOptions Sampling { get; set; }

    public required ReplySeeds Seeds { get; init; }

    public required TerminalFeedback Feedback { get; init; }

    public required TextWriter Output { get; init; }

    /// <summary>Asks for the last reply again.</summary>
    public required Func<Task> RetryAsync { get; init; }

    /// <summary>Set by the command that leaves.</summary>
    public bool IsOver { get; set; }
}
