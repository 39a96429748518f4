using MicroChat.Model.Sampling;
using MicroChat.Model.Templates;

namespace MicroChat.Chat;

/// <summary>One reply that is wanted.</summary>
/// <param name="Turns">The conversation, oldest first; the last turn is the user's. Empty where <see cref="Text"/> is given.</param>
/// <param name="Sampling">How tokens are chosen, and when to stop.</param>
public sealed record ReplyRequest(IReadOnlyList<ChatTurn> Turns, SamplingOptions Sampling)
{
    /// <summary>Most alternatives per token that can be asked for.</summary>
    public const int MostTopLogProbabilities = 20;

    /// <summary>A text to be continued as it stands, without a chat template; null: <see cref="Turns"/> are replied to.</summary>
    public string? Text { get; init; }

    /// <summary>Who asks: an opaque name that fair shares, limits and logs go by. Null: anonymous, all such count as one.</summary>
    public string? User { get; init; }

    /// <summary>What it belongs to, for a trial of another generation: requests with the same text go to the same one. Null: nothing, so the live one replies.</summary>
    public string? Conversation { get; init; }

    /// <summary>The server that the conversation is on; null: none.</summary>
    public string? Server { get; init; }

    /// <summary>The version of the model that shall reply, whatever the conversation goes to; null, or one that is not served (any more): as if it were not said.</summary>
    public string? Generation { get; init; }

    /// <summary>How many of the most probable tokens come with every token, 0 to <see cref="MostTopLogProbabilities"/>; null: no probabilities are wanted.</summary>
    public int? TopLogProbabilities { get; init; }

    /// <summary>A request to continue a text as it stands.</summary>
    public static ReplyRequest Continuation(string text, SamplingOptions sampling) => new([], sampling) { Text = text };
}
