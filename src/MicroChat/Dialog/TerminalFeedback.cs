using System.Globalization;
using System.Text.Json;
using MicroChat.Chat;
using MicroChat.Feedback;
using MicroChat.Model.Sampling;

namespace MicroChat.Dialog;

/// <summary>Ratings given in the terminal. The store is opened by the first one; only then is anything of the conversation kept.</summary>
/// <param name="path">The database, for messages.</param>
/// <param name="open">Opens it.</param>
/// <param name="time">The clock.</param>
internal sealed class TerminalFeedback(string path, Func<IFeedbackStore> open, TimeProvider time) : IAsyncDisposable
{
    private const int TimeDigits = 12;      // of a version 7 id: milliseconds since 1970

    private IFeedbackStore? store;
    private Guid conversation = Guid.CreateVersion7(time.GetUtcNow());

    /// <summary>Where the ratings go.</summary>
    public string Path => path;

    /// <summary>Lets the next rating belong to a new conversation.</summary>
    public void StartConversation() => conversation = Guid.CreateVersion7(time.GetUtcNow());

    /// <summary>Rates the last reply, and keeps it with the conversation before it.</summary>
    /// <param name="session">Holds at least one exchange.</param>
    /// <param name="sampling">How the reply was sampled.</param>
    /// <param name="value">+1 or −1.</param>
    /// <exception cref="FeedbackException">The store refuses; the rating was not written.</exception>
    public async Task RateAsync(ChatSession session, SamplingOptions sampling, int value)
    {
        store ??= open();
        Pseudonym person = store.PseudonymOf(Platforms.Terminal, Platforms.TerminalUser);
        Guid? parent = null;
        for (int i = 0; i < session.Exchanges.Count; i++)
        {
            bool isLast = i == session.Exchanges.Count - 1;
            ExchangeRecord record = Record(session.Exchanges[i], session.SystemPrompt, person) with
            {
                Parent = parent,
                EarlierInPrompt = isLast ? i - Math.Min(i, session.Dropped) : null,
                SamplingJson = isLast ? JsonSerializer.Serialize(sampling) : "{}",
            };
            await store.AddExchangeAsync(record, CancellationToken.None);
            parent = record.Id;
        }
        await store.RateAsync(new NewRating(parent!.Value, new Rater(person, RaterKind.Person, null), value, null, null), CancellationToken.None);
    }

    public ValueTask DisposeAsync() => store?.DisposeAsync() ?? ValueTask.CompletedTask;

    private ExchangeRecord Record(Exchange exchange, string? systemPrompt, Pseudonym person)
    {
        var ended = DateTimeOffset.FromUnixTimeMilliseconds(long.Parse(exchange.Id.AsSpan(0, TimeDigits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture));
        return new ExchangeRecord
        {
            Id = Guid.ParseExact(exchange.Id, "N"),
            Conversation = conversation,
            Place = Place.Of(Platforms.Terminal),
            Person = person,
            SystemPrompt = systemPrompt,
            Prompt = exchange.Message,
            ModelVersion = exchange.Reply.Model ?? "unknown",
            Seed = exchange.Reply.Seed,
            Time = ended - exchange.Reply.Total,
            Reply = new ExchangeReply
            {
                Status = exchange.Reply.Cancelled ? ReplyStatus.Stopped : ReplyStatus.Complete,
                Text = exchange.Reply.Text,
                Time = ended,
            },
        };
    }
}
