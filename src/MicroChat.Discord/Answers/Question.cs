using MicroChat.Chat.Registry;
using MicroChat.Discord.Port;
using MicroChat.Discord.Routing;
using MicroChat.Discord.State;
using MicroChat.Feedback;

namespace MicroChat.Discord.Answers;

/// <summary>Everything that is settled before an answer is generated.</summary>
internal sealed record Question
{
    public required TurnRecord Turn { get; init; }

    public required PlacePath Path { get; init; }

    public required Snowflake Asker { get; init; }

    /// <summary>What the model is asked: cleaned, with what is quoted before it.</summary>
    public required string Text { get; init; }

    /// <summary>Earlier exchanges of this branch, oldest first.</summary>
    public IReadOnlyList<ExchangeRecord> History { get; init; } = [];

    /// <summary>Others whose words are in <see cref="Text"/>.</summary>
    public IReadOnlyList<Pseudonym> Quoted { get; init; } = [];

    /// <summary>Names of the people in the prompt: the model must not write their lines.</summary>
    public IReadOnlyList<string> Speakers { get; init; } = [];

    public required Guid Conversation { get; init; }

    /// <summary>The system prompt; null: none.</summary>
    public string? System { get; init; }

    public PromptOrigin Origin { get; init; } = PromptOrigin.Person;

    /// <summary>How many answers to choose from.</summary>
    public int Count { get; init; } = 1;

    /// <summary>The two generations that answer, one each; null: whichever the conversation goes to.</summary>
    public Duel? Duel { get; init; }

    /// <summary>The answer that the new one is to be compared with; null: none.</summary>
    public Guid? Earlier { get; init; }

    /// <summary>Where the conversation's newest exchange is kept; null: nowhere, replies find it.</summary>
    public string? Head { get; init; }

    /// <summary>A line under the answer, for its first time; empty: none.</summary>
    public string Notice { get; init; } = "";

    public Pseudonym Person => Turn.Person;

    /// <summary>The exchange that this one follows; null: it begins the conversation.</summary>
    public Guid? Parent => History.Count > 0 ? History[^1].Id : null;
}
