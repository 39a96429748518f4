namespace MicroChat.Chat;

/// <summary>What happens while a <see cref="ChatSession"/> replies: first notices, then text, then one end.</summary>
public abstract record SessionUpdate;

/// <summary>Old exchanges no longer fit into the token budget and were left out of the prompt, whole and oldest first.</summary>
/// <param name="Dropped">How many were left out now.</param>
/// <param name="TotalDropped">How many are left out altogether.</param>
/// <param name="Kept">How many earlier exchanges the model still sees.</param>
public sealed record SessionNotice(int Dropped, int TotalDropped, int Kept) : SessionUpdate;

/// <summary>The reply goes on; never empty.</summary>
public sealed record SessionText(string Text) : SessionUpdate;

/// <summary>The reply is complete, or was stopped.</summary>
/// <param name="Exchange">As it now stands in the history; null when the reply was stopped before its first word (nothing changed then).</param>
public sealed record SessionEnd(Exchange? Exchange) : SessionUpdate;

/// <summary>A user's message and its reply.</summary>
/// <param name="Id">Unique over all sessions.</param>
public sealed record Exchange(string Id, string Message, SessionReply Reply);

/// <summary>A reply and what it cost.</summary>
public sealed record SessionReply
{
    /// <summary>What was said, up to where it was stopped.</summary>
    public required string Text { get; init; }

    /// <summary>Whether the user stopped it; <see cref="Text"/> is then incomplete.</summary>
    public required bool Cancelled { get; init; }

    /// <summary>"stop", "length" … as the client reported it; null when cancelled or unknown.</summary>
    public string? FinishReason { get; init; }

    /// <summary>The model that replied; null: the client did not say.</summary>
    public string? Model { get; init; }

    /// <summary>Seed that was asked for; null: none.</summary>
    public long? Seed { get; init; }

    /// <summary>Unit: tokens; null: not reported.</summary>
    public long? PromptTokens { get; init; }

    /// <summary>Unit: tokens; null: not reported.</summary>
    public long? ReplyTokens { get; init; }

    /// <summary>From sending to the first text.</summary>
    public TimeSpan FirstText { get; init; }

    /// <summary>From sending to the end.</summary>
    public TimeSpan Total { get; init; }
}
