using MicroChat.Discord.Simulator.World;

namespace MicroChat.Discord.Simulator.Town;

/// <summary>An answer of the bot, as members saw it.</summary>
public sealed record SeenAnswer
{
    public required int Season { get; init; }

    public required Member Asker { get; init; }

    /// <summary>The message that it can be voted on at.</summary>
    public required SimMessage Message { get; init; }

    public required string Prompt { get; init; }

    /// <summary>The reply without the bot's small print.</summary>
    public required string Reply { get; init; }

    /// <summary>Whether it opens a conversation; the others go on with one.</summary>
    public required bool IsOpening { get; init; }

    /// <summary>What it is worth by the hidden preference, 0 to 1.</summary>
    public required double Gold { get; init; }
}

/// <summary>Two answers to choose from.</summary>
/// <param name="Season">When.</param>
/// <param name="Asker">Who went to the arena.</param>
/// <param name="Message">The message with the choice.</param>
/// <param name="Prompt">What was asked.</param>
/// <param name="First">Answer A.</param>
/// <param name="Second">Answer B.</param>
public sealed record SeenPair(int Season, Member Asker, SimMessage Message, string Prompt, string First, string Second);

/// <summary>What a member clicked on an answer, and whether it stands.</summary>
/// <param name="Member">Who.</param>
/// <param name="Answer">On what.</param>
/// <param name="Value">+1 or −1.</param>
/// <param name="Stands">False: it was taken back.</param>
public sealed record CastVote(Member Member, SeenAnswer Answer, int Value, bool Stands);

/// <summary>What a member chose between two answers.</summary>
/// <param name="Member">Who.</param>
/// <param name="Pair">Between what.</param>
/// <param name="Choice">0, 1, or null for a tie.</param>
public sealed record CastChoice(Member Member, SeenPair Pair, int? Choice);

/// <summary>Everything that was seen and clicked; may be written from several tasks.</summary>
public sealed class TownLedger
{
    private readonly Lock gate = new();
    private readonly List<SeenAnswer> answers = [];
    private readonly List<CastVote> votes = [];
    private readonly List<CastChoice> choices = [];
    private int unanswered;

    /// <summary>A copy.</summary>
    public IReadOnlyList<SeenAnswer> Answers => Locked(() => answers.ToArray());

    /// <inheritdoc cref="Answers"/>
    public IReadOnlyList<CastVote> Votes => Locked(() => votes.ToArray());

    /// <inheritdoc cref="Answers"/>
    public IReadOnlyList<CastChoice> Choices => Locked(() => choices.ToArray());

    /// <summary>Questions that got no answer that could be voted on, and clicks that were not taken, in time.</summary>
    public int Unanswered => Locked(() => unanswered);

    internal void Add(SeenAnswer answer) => Locked(() => answers.Add(answer));

    internal void Add(CastVote vote) => Locked(() => votes.Add(vote));

    internal void Add(CastChoice choice) => Locked(() => choices.Add(choice));

    internal void Miss() => Locked(() => unanswered++);

    private void Locked(Action act)
    {
        lock (gate)
        {
            act();
        }
    }

    private T Locked<T>(Func<T> look)
    {
        lock (gate)
        {
            return look();
        }
    }
}
