namespace MicroChat.Feedback;

/// <summary>Ways through a conversation whose replies were retried: exchanges form a tree by <see cref="ExchangeRecord.Parent"/>.</summary>
public static class Branches
{
    /// <summary>From the beginning to <paramref name="leaf"/>, oldest first. A parent that was deleted ends the way early.</summary>
    public static IReadOnlyList<ExchangeRecord> PathTo(Guid leaf, IEnumerable<ExchangeRecord> conversation)
    {
        Dictionary<Guid, ExchangeRecord> byId = conversation.ToDictionary(exchange => exchange.Id);
        var path = new List<ExchangeRecord>();
        for (Guid? at = leaf; at is { } id && byId.Remove(id, out ExchangeRecord? exchange); at = exchange.Parent)
        {
            path.Add(exchange);
        }
        path.Reverse();
        return path;
    }

    /// <summary>The way to the newest exchange: what a reader sees who opens the conversation again. Empty for no exchanges.</summary>
    public static IReadOnlyList<ExchangeRecord> Latest(IReadOnlyCollection<ExchangeRecord> conversation) =>
        conversation.MaxBy(exchange => (exchange.Time, exchange.Id)) is { } newest ? PathTo(newest.Id, conversation) : [];

    /// <summary>An exchange and its retries: same parent, same prompt; by time.</summary>
    public static IReadOnlyList<ExchangeRecord> Retries(ExchangeRecord exchange, IEnumerable<ExchangeRecord> conversation) =>
        [.. conversation.Where(e => e.Parent == exchange.Parent && e.Prompt == exchange.Prompt).OrderBy(e => e.Time).ThenBy(e => e.Id)];
}
