using MicroChat.Discord.Port;
using MicroChat.Feedback;

namespace MicroChat.Discord.State;

/// <summary>How far the answer to a question is.</summary>
internal enum TurnState
{
    /// <summary>Taken on; nothing is lost when the program ends now.</summary>
    Open,

    /// <summary>Answered, stopped, or told that it cannot be: nothing more will come.</summary>
    Closed,
}

/// <summary>A question that the bot took on.</summary>
/// <param name="Id">Id of its last message, or of the interaction.</param>
/// <param name="Guild">0: none.</param>
/// <param name="Channel">Channel or thread of the answer.</param>
/// <param name="Person">Who asked.</param>
/// <param name="State">How far it is.</param>
/// <param name="Exchange">The exchange of its newest answer; null: none yet.</param>
/// <param name="Time">When it was taken on.</param>
internal sealed record TurnRecord(Snowflake Id, Snowflake Guild, Snowflake Channel, Pseudonym Person, TurnState State, Guid? Exchange, DateTimeOffset Time)
{
    /// <summary>The messages of the question; empty for commands.</summary>
    public IReadOnlyList<Snowflake> Questions { get; init; } = [];

    /// <summary>The messages of the answer, in order.</summary>
    public IReadOnlyList<Snowflake> Replies { get; init; } = [];
}

/// <summary>A reaction or a pressed button of one person.</summary>
/// <param name="Exchange">What is rated.</param>
/// <param name="Message">The message that was reacted to, or "button".</param>
/// <param name="Person">Who.</param>
/// <param name="Source">The emoji, or "button".</param>
/// <param name="Value">+1 or −1.</param>
/// <param name="AccountCreated">When the person's account was made.</param>
internal sealed record Vote(Guid Exchange, string Message, Pseudonym Person, string Source, int Value, DateTimeOffset AccountCreated);

/// <summary>How far a channel was read.</summary>
/// <param name="Guild">0: direct messages.</param>
/// <param name="Channel">Which.</param>
/// <param name="Message">The newest message that was seen.</param>
internal sealed record ReadCursor(Snowflake Guild, Snowflake Channel, Snowflake Message);
