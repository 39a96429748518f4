using MicroChat.Chat;
using MicroChat.Discord.Pacing;
using MicroChat.Discord.Port;
using MicroChat.Discord.Routing;
using MicroChat.Discord.State;
using MicroChat.Discord.Text;
using MicroChat.Feedback;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging;

namespace MicroChat.Discord.Bot;

/// <summary>What all parts of the bot share.</summary>
internal sealed class BotContext
{
    public required IDiscordActions Actions { get; init; }

    public required IChatClient Client { get; init; }

    public required IReplyGenerator Generator { get; init; }

    public required IFeedbackStore Store { get; init; }

    public required BotState State { get; init; }

    public required DiscordBotOptions Options { get; init; }

    public required PlaceRules Rules { get; init; }

    public required TimeProvider Time { get; init; }

    public required TypingKeeper Typing { get; init; }

    public required ILogger Log { get; init; }

    public required DiscordBotSurroundings Surroundings { get; init; }

    public required WordList BlockedInput { get; init; }

    public required WordList BlockedOutput { get; init; }

    /// <summary>Prompts of the operator's own; empty: no arena.</summary>
    public required IReadOnlyList<string> ArenaPrompts { get; init; }

    public ChannelCache Channels { get; } = new();

    public OwnDeletions OwnDeletions { get; } = new();

    /// <summary>The bot's own account; 0 before the first session.</summary>
    public Snowflake Self { get; set; }

    /// <summary>Called with a turn whose answer is finished.</summary>
    public Func<Snowflake, Task> AnswerFinished { get; set; } = _ => Task.CompletedTask;

    /// <summary>Takes an exchange out of store, votes and conversations.</summary>
    public async Task WithdrawAsync(Guid exchange)
    {
        Guid? parent = (await Store.FindExchangeAsync(exchange, CancellationToken.None))?.Parent;
        await Store.DeleteExchangeAsync(exchange, CancellationToken.None);
        await State.DeleteVotesAsync([exchange], CancellationToken.None);
        await State.MoveHeadsAsync(exchange, parent, CancellationToken.None);
    }

    /// <summary>A fresh seed for replies, and for every draw of the bot.</summary>
    public long NewSeed() => Surroundings.NewSeed();

    public Pseudonym PersonOf(Snowflake user) => Store.PseudonymOf(Platforms.Discord, user.ToString());

    public Rater RaterOf(DiscordUser user) => new(PersonOf(user.Id), user.IsBot ? RaterKind.Bot : RaterKind.Person, user.Id.CreatedAt);

    public Random NewRandom() => new(unchecked((int)NewSeed()));

    /// <summary>Whether a permission is there, as far as is known.</summary>
    public bool May(Snowflake channel, DiscordPermissions permission) =>
        Actions.OwnPermissionsIn(channel) is not { } own || own.HasFlag(DiscordPermissions.Administrator) || own.HasFlag(permission);

    /// <summary>A short name for a failure, which people can tell the operator.</summary>
    public string NewErrorId() => $"{unchecked((uint)NewSeed()):x8}"[..6];
}
