using MicroChat.Feedback;

namespace MicroChat.Tests.Feedback;

/// <summary>What a store must hold after a sequence of operations, kept in plain dictionaries: the model that random sequences are checked against.</summary>
internal sealed class FeedbackModel
{
    public Dictionary<Guid, ExchangeRecord> Exchanges { get; } = [];

    /// <summary>Value and comment by exchange and person.</summary>
    public Dictionary<(Guid Exchange, Pseudonym Person), (int Value, string? Comment)> Ratings { get; } = [];

    /// <summary>Candidates in the order shown.</summary>
    public Dictionary<Guid, IReadOnlyList<Guid>> Comparisons { get; } = [];

    public Dictionary<(Guid Comparison, Pseudonym Person), ComparisonOutcome> Answers { get; } = [];

    /// <summary>Ids that must have a tombstone.</summary>
    public HashSet<Guid> Deleted { get; } = [];

    public bool Rate(Guid exchange, Pseudonym person, int value, string? comment)
    {
        bool rateable = Exchanges.TryGetValue(exchange, out ExchangeRecord? found) && found.Reply?.Text is not null;
        if (rateable)
        {
            Ratings[(exchange, person)] = (value, comment);
        }
        return rateable;
    }

    public void Delete(Func<ExchangeRecord, bool> which)
    {
        Guid[] doomed = [.. Exchanges.Values.Where(which).Select(exchange => exchange.Id)];
        EraseContexts(exchange => exchange.Parent is { } parent && doomed.Contains(parent), doomed);
        foreach (Guid id in doomed)
        {
            Exchanges.Remove(id);
            Deleted.Add(id);
        }
        Remove(Ratings, key => doomed.Contains(key.Exchange));
        foreach (Guid comparison in Comparisons.Where(pair => pair.Value.Any(doomed.Contains)).Select(pair => pair.Key).ToArray())
        {
            Comparisons.Remove(comparison);
            Deleted.Add(comparison);
            Remove(Answers, key => key.Comparison == comparison);
        }
    }

    public void Forget(Pseudonym person)
    {
        Delete(exchange => exchange.Person == person);
        EraseContexts(exchange => exchange.OtherParticipants.Contains(person), []);
        foreach (ExchangeRecord exchange in Exchanges.Values.ToArray())
        {
            Exchanges[exchange.Id] = exchange with { OtherParticipants = [.. exchange.OtherParticipants.Where(other => other != person)] };
        }
        Remove(Ratings, key => key.Person == person);
        Remove(Answers, key => key.Person == person);
    }

    public void EraseTexts(DateTimeOffset before)
    {
        Guid[] old = [.. Exchanges.Values.Where(exchange => exchange.Time < before && exchange.Prompt is not null).Select(exchange => exchange.Id)];
        EraseContexts(exchange => exchange.Parent is { } parent && old.Contains(parent), old);
        foreach (Guid id in old)
        {
            ExchangeRecord exchange = Exchanges[id];
            Exchanges[id] = exchange with
            {
                SystemPrompt = null,
                Prompt = null,
                PromptTokens = [],
                IsContextErased = true,
                Reply = exchange.Reply is null ? null : exchange.Reply with { Text = null, Tokens = [], LogProbabilities = [] },
            };
            foreach ((Guid, Pseudonym) key in Ratings.Keys.Where(key => key.Exchange == id).ToArray())
            {
                Ratings[key] = (Ratings[key].Value, null);
            }
        }
    }

    private void EraseContexts(Func<ExchangeRecord, bool> first, Guid[] except)
    {
        var tainted = new HashSet<Guid>(Exchanges.Values.Where(first).Select(exchange => exchange.Id));
        while (Exchanges.Values.FirstOrDefault(e => e.Parent is { } parent && tainted.Contains(parent) && !tainted.Contains(e.Id)) is { } next)
        {
            tainted.Add(next.Id);
        }
        foreach (Guid id in tainted.Except(except))
        {
            Exchanges[id] = Exchanges[id] with { IsContextErased = true, PromptTokens = [] };
        }
    }

    private static void Remove<TKey, TValue>(Dictionary<TKey, TValue> from, Func<TKey, bool> which)
        where TKey : notnull
    {
        foreach (TKey key in from.Keys.Where(which).ToArray())
        {
            from.Remove(key);
        }
    }
}
