using System.Collections.Concurrent;
using MicroChat.Discord.Port;
using MicroChat.Discord.Routing;
using MicroChat.Discord.State;
using Microsoft.Extensions.Logging;

namespace MicroChat.Discord.Bot;

/// <summary>What is done after an absence: turns that were left open are finished, questions that were missed are answered, within bounds.</summary>
internal sealed partial class Resumption(BotContext bot, Intake intake, Retrying retrying)
{
    private const int MostChannels = 100;

    private static readonly TimeSpan ClockError = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<Snowflake, ReadCursor> unsaved = new();
    private readonly ConcurrentDictionary<Snowflake, bool> resumed = new();
    private readonly ConcurrentDictionary<Snowflake, int> returning = new();            // guild → how often it came back, until it was caught up with
    private readonly ConcurrentDictionary<Snowflake, bool> unreadable = new();          // channels that could not be caught up with
    private readonly DateTimeOffset started = bot.Time.GetUtcNow();
    private readonly bool ranBefore = bot.Rules.Find(BotHandler.CommandsSetting) is not null;

    /// <summary>A message was seen, whomever it is for.</summary>
    public void Seen(DiscordMessage message) => unsaved.AddOrUpdate(
        message.ChannelId,
        new ReadCursor(message.GuildId ?? default, message.ChannelId, message.Id),
        (_, known) => known.Message > message.Id ? known : known with { Message = message.Id });

    /// <summary>Writes down how far was read.</summary>
    public async Task SaveAsync()
    {
        ReadCursor[] now = [.. unsaved.Values.Where(cursor => !returning.ContainsKey(cursor.Guild) && !unreadable.ContainsKey(cursor.Channel))];
        if (now.Length > 0)
        {
            await bot.State.SetCursorsAsync([.. now.Select(BeforePending)], CancellationToken.None);
            foreach (ReadCursor cursor in now)
            {
                if (BeforePending(cursor) == cursor)
                {
                    unsaved.TryRemove(new KeyValuePair<Snowflake, ReadCursor>(cursor.Channel, cursor));
                }
            }
        }
    }

    /// <summary>A message that is on its way to being taken on counts as not read yet: it must be found again if the program ends now.</summary>
    private ReadCursor BeforePending(ReadCursor cursor) =>
        intake.OldestPending(cursor.Channel) is { } oldest && oldest <= cursor.Message ? cursor with { Message = new Snowflake(oldest.Value - 1) } : cursor;

    /// <summary>
    /// The bot is back in a guild, or (default) in direct messages; <see cref="CatchUpAsync(Snowflake, CancellationToken)"/> must follow. Until that is done, what is heard there
    /// is not written down as read: it is newer than what was missed.
    /// </summary>
    public void Returned(Snowflake guild) => returning.AddOrUpdate(guild, 1, (_, count) => count + 1);

    /// <summary>Catches up with a guild; 0: with direct messages.</summary>
    public async Task CatchUpAsync(Snowflake guild, CancellationToken stop)
    {
        int count = returning.GetValueOrDefault(guild);
        await ReadMissedAsync(guild, stop);
        returning.TryRemove(new KeyValuePair<Snowflake, int>(guild, count));        // not where it failed, was stopped, or the bot came back once more meanwhile
    }

    private async Task ReadMissedAsync(Snowflake guild, CancellationToken stop)
    {
        if (resumed.TryAdd(guild, true))
        {
            foreach (TurnRecord turn in (await bot.State.OpenTurnsAsync(stop)).Where(turn => turn.Guild == guild))
            {
                await TryAsync(() => retrying.ResumeAsync(turn, stop));
            }
        }
        var since = Snowflake.At(bot.Time.GetUtcNow() - bot.Options.CatchUp);
        IReadOnlyList<ReadCursor> known = await bot.State.CursorsAsync(guild, MostChannels, stop);
        foreach (ReadCursor cursor in bot.Options.CatchUpMessages > 0 ? (IReadOnlyList<ReadCursor>)[.. known, .. NeverRead(guild, known)] : [])
        {
            _ = await TryAsync(() => CatchUpAsync(cursor, since, stop)) ? unreadable.TryRemove(cursor.Channel, out _) : unreadable.TryAdd(cursor.Channel, true);
        }
    }

    /// <summary>Channels in which nothing was read yet count as read up to the program's start.</summary>
    private IReadOnlyList<ReadCursor> NeverRead(Snowflake guild, IReadOnlyList<ReadCursor> known)
    {
        HashSet<Snowflake> read = [.. known.Select(cursor => cursor.Channel)];
        var start = Snowflake.At(ranBefore ? bot.Time.GetUtcNow() - bot.Options.CatchUp : started - ClockError);
        ReadCursor[] unread = [.. bot.Channels.WrittenIn(guild).Where(channel => !read.Contains(channel.Id)).Take(MostChannels - known.Count)
            .Select(channel => new ReadCursor(guild, channel.Id, start))];
        foreach (ReadCursor cursor in unread)
        {
            unsaved.TryAdd(cursor.Channel, cursor);
        }
        return unread;
    }

    private async Task CatchUpAsync(ReadCursor cursor, Snowflake since, CancellationToken stop)
    {
        if (!bot.May(cursor.Channel, DiscordPermissions.ReadMessageHistory) || !bot.May(cursor.Channel, DiscordPermissions.ViewChannel))
        {
            return;
        }
        DiscordChannel? channel = bot.Channels.Find(cursor.Channel);
        IReadOnlyList<DiscordMessage> missed = await bot.Actions.GetMessagesAsync(
            cursor.Channel, new MessagePage(null, cursor.Message > since ? cursor.Message : since, bot.Options.CatchUpMessages), stop);
        DiscordMessage[] whole =
        [
            .. missed.OrderBy(message => message.Id)
                .Select(message => message with { GuildId = cursor.Guild.Value == 0 ? null : cursor.Guild, Channel = message.Channel ?? channel }),
        ];
        intake.TakeMissed(whole);           // first, or they could be counted as read before they are known to wait
        Array.ForEach(whole, Seen);
    }

    private async Task<bool> TryAsync(Func<Task> work)
    {
        try
        {
            await work();
            return true;
        }
        catch (DiscordException e)
        {
            LogSkipped(bot.Log, e.Message);         // one channel that cannot be read must not keep the others from being caught up with
            return false;
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Catching up was not possible in one place: {Detail}")]
    private static partial void LogSkipped(ILogger log, string detail);
}
