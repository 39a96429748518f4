using Microsoft.Extensions.AI;

namespace MicroChat.Api;

/// <summary>A request that has been read and makes sense.</summary>
internal sealed record CompletionCall
{
    /// <summary>The model that was asked for.</summary>
    public required string Model { get; init; }

    /// <summary>What is replied to, or continued; each gets <see cref="ChoicesPerPrompt"/> choices.</summary>
    public required IReadOnlyList<IReadOnlyList<ChatMessage>> Prompts { get; init; }

    public required ChatOptions Options { get; init; }

    public required int ChoicesPerPrompt { get; init; }

    public required bool Stream { get; init; }

    /// <summary>Whether a stream ends with the tokens that it cost.</summary>
    public required bool IncludeUsage { get; init; }

    /// <summary>Whether choices carry probabilities.</summary>
    public required bool Logprobs { get; init; }

    /// <summary>Whether a continued text is repeated before its continuation.</summary>
    public bool Echo { get; init; }

    /// <summary>Who asks, as the caller calls them; null: not said.</summary>
    public string? User { get; init; }

    /// <summary>Number of choices altogether.</summary>
    public int Choices => Prompts.Count * ChoicesPerPrompt;
}
