using MicroChat.Chat.Registry;
using MicroChat.Feedback;
using Microsoft.Extensions.AI;

namespace MicroChat.Web;

/// <summary>Everything that is settled before a reply is generated.</summary>
internal sealed record ReplyPlan
{
    public required Pseudonym Visitor { get; init; }

    public required Guid Conversation { get; init; }

    /// <summary>The exchange that the message follows; null: it begins the conversation.</summary>
    public required Guid? Parent { get; init; }

    /// <summary>Persona; null: none.</summary>
    public required string? System { get; init; }

    /// <summary>What the visitor says.</summary>
    public required string Message { get; init; }

    /// <summary>The prompt: persona, what still fits of the history, the message.</summary>
    public required IReadOnlyList<ChatMessage> Messages { get; init; }

    /// <summary>Oldest exchanges that are newly left out of the prompt, those left out before included; null: nothing new.</summary>
    public required int? Dropped { get; init; }

    /// <summary>How many replies are wanted.</summary>
    public required int Count { get; init; }

    /// <summary>The two generations that reply, one each; null: whichever the conversation goes to.</summary>
    public Duel? Duel { get; init; }

    /// <summary>The reply that the new one is to be compared with; null: none.</summary>
    public required Guid? Earlier { get; init; }

    /// <summary>0 to 2; null: the model's own.</summary>
    public required double? Temperature { get; init; }

    /// <summary>When the message came.</summary>
    public required DateTimeOffset Time { get; init; }

    public PromptOrigin Origin { get; init; } = PromptOrigin.Person;
}
