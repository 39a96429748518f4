using System.Collections.Concurrent;
using System.Threading.Channels;
using MicroChat.Discord.Bot;
using MicroChat.Discord.Port;
using MicroChat.Discord.State;
using MicroChat.Feedback;
using Microsoft.Extensions.Logging;

namespace MicroChat.Discord.Feedback;

/// <summary>
/// Reactions and pressed buttons become ratings: one per person and answer, that of their newest vote which still stands. Any message of an answer counts,
/// skin tones do not matter. Changes are taken in order, many in one step.
/// </summary>
internal sealed partial class VoteBook(BotContext bot)
{
    private const int MostInOneStep = 2_000;
    private const int MostCached = 20_000;
    private const int MostEarly = 20_000;
    private const string Button = "button";

    private readonly Channel<Change> changes = Channel.CreateUnbounded<Change>(new UnboundedChannelOptions { SingleReader = true });
    private readonly ConcurrentDictionary<Snowflake, Guid?> exchanges = new();

    /// <summary>Reactions to messages that belong to no answer yet: somebody was faster than the reply to the request that sent the message. Only the loop touches them.</summary>
    private readonly Queue<Change> early = new();

    /// <summary>What an emoji says; 0: nothing about the answer.</summary>
    public static int ValueOf(DiscordEmoji emoji) => emoji.WithoutSkinTone() switch
    {
        { Id: null, Name: "👍" } => 1,
        { Id: null, Name: "👎" } => -1,
        _ => 0,
    };

    /// <summary>Somebody reacted.</summary>
    public void Add(ReactionAdded reaction)
    {
        bool counts = ValueOf(reaction.Emoji) != 0 && reaction.UserId != bot.Self && reaction.User is not { IsBot: true }
            && (reaction.MessageAuthorId is null || reaction.MessageAuthorId == bot.Self) && !bot.Rules.IsBlocked(bot.PersonOf(reaction.UserId), reaction.GuildId ?? default);
        if (counts)
        {
            changes.Writer.TryWrite(new Change(reaction.MessageId, null, reaction.UserId, reaction.Emoji.Name, ValueOf(reaction.Emoji), null));
        }
    }

    /// <summary>Somebody took a reaction back.</summary>
    public void Remove(ReactionRemoved reaction)
    {
        if (ValueOf(reaction.Emoji) != 0 && reaction.UserId != bot.Self)
        {
            changes.Writer.TryWrite(new Change(reaction.MessageId, null, reaction.UserId, reaction.Emoji.Name, 0, null));
        }
    }

    /// <summary>All reactions of a message, or all with one emoji, were removed.</summary>
    public void Clear(ReactionsCleared cleared) => changes.Writer.TryWrite(new Change(cleared.MessageId, null, default, cleared.Emoji?.Name ?? "", 0, null) { IsClear = true });

    /// <summary>What stands at a message now: votes that are not there any more go, those that were missed are added.</summary>
    public Task ReconcileAsync(Snowflake message, IReadOnlyList<(Snowflake User, string Emoji)> reactions)
    {
        var done = NewSource();
        changes.Writer.TryWrite(new Change(message, null, default, "", 0, done) { Present = reactions });
        return done.Task;
    }

    /// <summary>A button was pressed: it votes, and pressed again it takes the vote back.</summary>
    /// <returns>What the person's rating is now; 0: none.</returns>
    public Task<int> PressAsync(Guid exchange, DiscordUser user, int value)
    {
        var done = NewSource();
        changes.Writer.TryWrite(new Change(default, exchange, user.Id, Button, value, done));
        return done.Task;
    }

    /// <summary>Completes when everything that came before is in the store.</summary>
    public Task FlushAsync()
    {
        var done = NewSource();
        changes.Writer.TryWrite(new Change(default, Guid.Empty, default, "", 0, done));
        return done.Task;
    }

    /// <summary>Messages now belong to an answer: what was said about them before that counts for it.</summary>
    public void Claim(IReadOnlyList<Snowflake> messages)
    {
        Forget(messages);
        changes.Writer.TryWrite(new Change(default, Guid.Empty, default, "", 0, null) { Claimed = messages });
    }

    /// <summary>Messages now belong to another answer, or to none.</summary>
    public void Forget(IEnumerable<Snowflake> messages)
    {
        foreach (Snowflake message in messages)
        {
            exchanges.TryRemove(message, out _);
        }
    }

    /// <summary>Takes changes until it is told to stop, and those that are waiting then.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        using CancellationTokenRegistration end = stop.Register(() => changes.Writer.TryComplete());
        while (await changes.Reader.WaitToReadAsync(CancellationToken.None))
        {
            var step = new List<Change>();
            while (step.Count < MostInOneStep && changes.Reader.TryRead(out Change? change))
            {
                step.Add(change);
            }
            try
            {
                await TakeAsync(step);
            }
            catch (Exception e)                 // a broken step must not end the book
            {
                LogLost(bot.Log, e, step.Count);
                step.ForEach(change => change.Done?.TrySetException(e));
            }
        }
    }

    private async Task TakeAsync(List<Change> step)
    {
        var votes = new List<Vote>();
        foreach (Change change in WithEarly(step))
        {
            Guid? exchange = change.Exchange ?? await ExchangeOfAsync(change.Message);
            if (exchange is not { } id || id == Guid.Empty)
            {
                KeepEarly(change);
                continue;
            }
            if (change.IsClear || change.Present is not null)
            {
                await WriteAsync(votes);        // what is cleared must be there already
                votes.AddRange(change.IsClear ? await ClearedAsync(change) : await DifferenceAsync(change, id));
            }
            else
            {
                votes.Add(change.Exchange is null ? ReactionOf(change, id) : await PressedAsync(change, id, votes));
            }
        }
        await WriteAsync(votes);
        foreach (Change change in step)
        {
            int value = change is { Done: not null, Exchange: { } rated } && rated != Guid.Empty ? await RatingAsync(rated, bot.PersonOf(change.User)) : 0;
            change.Done?.TrySetResult(value);
        }
    }

    /// <summary>The changes, with those that waited for a message put where it is claimed.</summary>
    private IEnumerable<Change> WithEarly(List<Change> step)
    {
        foreach (Change change in step)
        {
            yield return change;
            for (int waiting = change.Claimed is null ? 0 : early.Count; waiting > 0; waiting--)
            {
                Change kept = early.Dequeue();
                if (change.Claimed!.Contains(kept.Message))
                {
                    yield return kept;
                }
                else
                {
                    early.Enqueue(kept);
                }
            }
        }
    }

    private void KeepEarly(Change change)
    {
        if (change is not { Exchange: null, IsClear: false, Present: null })
        {
            return;
        }
        early.Enqueue(change);
        if (early.Count > MostEarly)
        {
            early.Dequeue();
        }
    }

    private Vote ReactionOf(Change change, Guid exchange) =>
        new(exchange, change.Message.ToString(), bot.PersonOf(change.User), change.Emoji, change.Value, change.User.CreatedAt);

    private async Task<Vote> PressedAsync(Change change, Guid exchange, List<Vote> waiting)
    {
        await WriteAsync(waiting);
        Pseudonym person = bot.PersonOf(change.User);
        bool same = await RatingAsync(exchange, person) == change.Value;
        if (same)
        {
            foreach (Vote other in (await bot.State.VotesOfAsync(exchange, CancellationToken.None)).Where(v => v.Person == person && v.Source != Button && v.Value == change.Value))
            {
                waiting.Add(other with { Value = 0 });          // the reaction stays visible, but its person took the vote back
            }
        }
        return new Vote(exchange, $"{Button} {exchange:N}", person, Button, same ? 0 : change.Value, change.User.CreatedAt);
    }

    private async Task<IEnumerable<Vote>> ClearedAsync(Change change) => (await bot.State.VotesAtAsync(change.Message, CancellationToken.None))
        .Where(vote => change.Emoji.Length == 0 || vote.Source == change.Emoji).Select(vote => vote with { Value = 0 });

    private async Task<IEnumerable<Vote>> DifferenceAsync(Change change, Guid exchange)
    {
        List<Vote> known = [.. await bot.State.VotesAtAsync(change.Message, CancellationToken.None)];
        List<Vote> present = [.. change.Present!.Select(reaction => new Vote(
            exchange, change.Message.ToString(), bot.PersonOf(reaction.User), reaction.Emoji, ValueOf(DiscordEmoji.Of(reaction.Emoji)), reaction.User.CreatedAt))];
        return
        [
            .. known.Where(vote => !present.Exists(p => (p.Person, p.Source) == (vote.Person, vote.Source))).Select(vote => vote with { Value = 0 }),
            .. present.Where(vote => vote.Value != 0 && !bot.Rules.IsBlocked(vote.Person, default) && !known.Exists(k => (k.Person, k.Source) == (vote.Person, vote.Source))),
        ];
    }

    /// <summary>Writes votes, and the ratings that follow from them.</summary>
    private async Task WriteAsync(List<Vote> votes)
    {
        if (votes.Count == 0)
        {
            return;
        }
        IReadOnlyList<(Guid Exchange, Pseudonym Person)> touched = await bot.State.VoteAsync(votes, CancellationToken.None);
        votes.Clear();
        var changes = new List<RatingChange>();
        foreach (IGrouping<Guid, (Guid, Pseudonym Person)> group in touched.GroupBy(pair => pair.Exchange))
        {
            changes.AddRange(await ChangesAsync(group.Key, [.. group.Select(pair => pair.Person)]));
        }
        await bot.Store.ChangeRatingsAsync(changes, CancellationToken.None);
    }

    /// <summary>Brings the ratings of an exchange in line with the newest votes.</summary>
    /// <param name="exchange">The exchange.</param>
    /// <param name="persons">Whose; null: everybody's.</param>
    public async Task RateAsync(Guid exchange, IReadOnlyCollection<Pseudonym>? persons) =>
        await bot.Store.ChangeRatingsAsync(await ChangesAsync(exchange, persons), CancellationToken.None);

    private async Task<List<RatingChange>> ChangesAsync(Guid exchange, IReadOnlyCollection<Pseudonym>? persons)
    {
        ILookup<Pseudonym, Vote> votes = (await bot.State.VotesOfAsync(exchange, CancellationToken.None)).ToLookup(vote => vote.Person);
        Dictionary<Pseudonym, Rating> current = (await bot.Store.RatingsOfAsync(exchange, CancellationToken.None)).ToDictionary(rating => rating.Person);
        var changes = new List<RatingChange>();
        foreach (Pseudonym person in persons ?? [.. votes.Select(group => group.Key)])
        {
            Vote? newest = votes[person].LastOrDefault();
            if (current.GetValueOrDefault(person)?.Value != newest?.Value)
            {
                changes.Add(new RatingChange(exchange, new Rater(person, RaterKind.Person, newest?.AccountCreated), newest?.Value));
            }
        }
        return changes;
    }

    private async Task<int> RatingAsync(Guid exchange, Pseudonym person) =>
        (await bot.State.VotesOfAsync(exchange, CancellationToken.None)).LastOrDefault(vote => vote.Person == person)?.Value ?? 0;

    private async Task<Guid?> ExchangeOfAsync(Snowflake message)
    {
        if (exchanges.TryGetValue(message, out Guid? known))
        {
            return known;
        }
        ExchangeRecord? found = await bot.Store.FindByMessageAsync(Platforms.Discord, message.ToString(), CancellationToken.None);
        bool isReply = found?.Messages.Any(m => m.IsReply && m.Id == message.ToString()) ?? false;
        Guid? exchange = isReply ? found!.Id : (await bot.State.FindByMessageAsync(message, CancellationToken.None)) is { } turn && turn.Replies.Contains(message) ? turn.Exchange : null;
        if (isReply && exchanges.Count < MostCached)
        {
            exchanges[message] = exchange;
        }
        return exchange;
    }

    private static TaskCompletionSource<int> NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Count} votes could not be kept.")]
    private static partial void LogLost(ILogger log, Exception e, int count);

    private sealed record Change(Snowflake Message, Guid? Exchange, Snowflake User, string Emoji, int Value, TaskCompletionSource<int>? Done)
    {
        public bool IsClear { get; init; }

        public IReadOnlyList<Snowflake>? Claimed { get; init; }

        public IReadOnlyList<(Snowflake User, string Emoji)>? Present { get; init; }
    }
}
