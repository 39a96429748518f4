namespace MicroChat.Feedback;

/// <summary>Ways through a conversation whose replies were retried: exchanges form a tree by <see cref="ExchangeRecord.Parent"/>.</summary>
public static class Branches
{
    /// <summary>From the beginning to <paramref name="leaf"/>, oldest first. A parent that was deleted ends the way early.</summary>
    public static IReadOnlyList<ExchangeRecord> PathTo(Guid leaf, IEnumerable<ExchangeRecord> conversation) =>
        PathTo(leaf, conversation.ToDictionary(exchange => exchange.Id), int.MaxValue);

    /// <summary>What the model saw for an exchange: itself, and before it the earlier exchanges that its prompt repeats.</summary>
    internal static IReadOnlyList<ExchangeRecord> ContextOf(ExchangeRecord exchange, IReadOnlyDictionary<Guid, ExchangeRecord> conversation) =>
        PathTo(exchange.Id, conversation, exchange.EarlierInPrompt ?? int.MaxValue);

    /// <summary>The way to the newest exchange: what a reader sees who opens the conversation again. Empty for no exchanges.</summary>
    public static IReadOnlyList<ExchangeRecord> Latest(IReadOnlyCollection<ExchangeRecord> conversation) =>
        conversation.MaxBy(exchange => (exchange.Time, exchange.Id)) is { } newest ? PathTo(newest.Id, conversation) : [];

    /// <summary>An exchange and its retries: same parent, same prompt; by time.</summary>
    public static IReadOnlyList<ExchangeRecord> Retries(ExchangeRecord exchange, IEnumerable<ExchangeRecord> conversation) =>
        [.. conversation.Where(e => e.Parent == exchange.Parent && e.Prompt == exchange.Prompt).OrderBy(e => e.Time).ThenBy(e => e.Id)];

    private static List<ExchangeRecord> PathTo(Guid leaf, IReadOnlyDictionary<Guid, ExchangeRecord> conversation, int earlier)
    {
        var path = new List<ExchangeRecord>();
        var seen = new HashSet<Guid>();             // a damaged store must not make this endless
        for (Guid? at = leaf; at is { } id && path.Count <= earlier && seen.Add(id) && conversation.TryGetValue(id, out ExchangeRecord? exchange); at = exchange.Parent)
        {
            path.Add(exchange);
        }
        path.Reverse();
        return path;
    }
}
