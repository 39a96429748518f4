namespace MicroChat.Feedback.Snapshots;

/// <summary>The file of ratings that the terminal chat wrote before it had the store: one rating per line; the last one of an exchange counts.</summary>
internal static class TerminalRows
{
    private sealed record Line
    {
        public required DateTimeOffset Time { get; init; }

        public required string Exchange { get; init; }

        public required int Rating { get; init; }

        public string? Model { get; init; }

        public long? Seed { get; init; }

        public string? System { get; init; }

        public required string Message { get; init; }

        public required string Reply { get; init; }

        public bool Cancelled { get; init; }
    }

    public static ImportRows Read(IEnumerable<(string Where, string Text)> lines, Pseudonym terminal)
    {
        var exchanges = new Dictionary<Guid, ExchangeRecord>();
        var ratings = new Dictionary<Guid, Rating>();
        foreach ((string Where, string Text) line in lines)
        {
            Line row = SnapshotImport.Parse<Line>(line);
            if (!Guid.TryParse(row.Exchange, out Guid id) || id == Guid.Empty)
            {
                throw new FeedbackException($"{line.Where}: \"exchange\" is no id of 32 hexadecimal digits. Nothing was imported.");
            }
            exchanges.TryAdd(id, Exchange(id, row, terminal));
            ratings[id] = new Rating { Id = id, Exchange = id, Person = terminal, IsByAsker = true, Value = row.Rating, Time = row.Time };
        }
        return new ImportRows([.. exchanges.Values], [.. ratings.Values], []);
    }

    private static ExchangeRecord Exchange(Guid id, Line row, Pseudonym terminal) => new()
    {
        Id = id,
        Conversation = id,
        Place = Place.Of(Platforms.Terminal),
        Person = terminal,
        SystemPrompt = row.System,
        Prompt = row.Message,
        ModelVersion = row.Model ?? "unknown",
        Seed = row.Seed,
        Time = row.Time,
        Reply = new ExchangeReply { Status = row.Cancelled ? ReplyStatus.Stopped : ReplyStatus.Complete, Text = row.Reply, Time = row.Time },
    };
}
