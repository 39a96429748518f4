using System.Text.Json;

namespace MicroChat.Feedback.Snapshots;

/// <summary>Everything that an import brings, read and checked before any of it is written.</summary>
internal sealed record ImportRows(IReadOnlyList<ExchangeRecord> Exchanges, IReadOnlyList<Rating> Ratings, IReadOnlyList<ComparisonRecord> Comparisons);

/// <summary>Reads a snapshot back, or the file of ratings that earlier versions of the terminal chat wrote.</summary>
internal static class SnapshotImport
{
    private const long LongestFile = 1L << 31;

    private const int LongestLine = 1 << 24;

    /// <param name="path">A folder with a manifest, or a file of lines.</param>
    /// <param name="terminal">Who rated in the terminal.</param>
    /// <exception cref="FeedbackException">Something is wrong; the message names file and line.</exception>
    public static ImportRows Read(string path, Pseudonym terminal)
    {
        try
        {
            return Directory.Exists(path) ? ReadFolder(path)
                : File.Exists(path) ? TerminalRows.Read(Lines(path), terminal)
                : throw new FeedbackException($"{path} does not exist; name the folder of a snapshot or a feedback.jsonl. Nothing was imported.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new FeedbackException($"{path} cannot be read: {e.Message} Nothing was imported.", e);
        }
    }

    /// <summary>One row, with the place in the file for errors.</summary>
    public static T Parse<T>((string Where, string Text) line)
    {
        try
        {
            return JsonSerializer.Deserialize<T>(line.Text, SnapshotJson.Rows) ?? throw new JsonException("the row is null");
        }
        catch (JsonException e)
        {
            throw new FeedbackException($"{line.Where}: {e.Message} Repair the row or leave it out. Nothing was imported.", e);
        }
    }

    private static ImportRows ReadFolder(string folder)
    {
        SnapshotManifest manifest = SnapshotFolder.ReadManifest(folder);
        List<ExchangeRow> exchanges = Rows<ExchangeRow>(folder, manifest, "exchanges");
        return new ImportRows(
            [.. exchanges.Select(Exchange).OrderBy(e => e.Time).ThenBy(e => e.Id)],
            [.. Rows<ThumbRow>(folder, manifest, "thumbs").Select(Thumb)],
            [.. Rows<RankingRow>(folder, manifest, "rankings").GroupBy(row => row.Comparison).Select(Comparison)]);
    }

    private static List<T> Rows<T>(string folder, SnapshotManifest manifest, string kind)
    {
        var rows = new List<T>();
        foreach (SnapshotFile file in manifest.Files.Where(file => file.Kind == kind))
        {
            string path = SnapshotFolder.Checked(folder, file);
            rows.AddRange(Lines(path).Select(Parse<T>));
        }
        return rows;
    }

    internal static IEnumerable<(string Where, string Text)> Lines(string path)
    {
        if (new FileInfo(path).Length > LongestFile)
        {
            throw new FeedbackException($"{path} has more than {LongestFile >> 30} GB; import it in parts. Nothing was imported.");
        }
        int number = 0;
        foreach (string line in File.ReadLines(path))
        {
            number++;
            if (line.Length > LongestLine)
            {
                throw new FeedbackException($"{path}, line {number}: {line.Length} characters; {LongestLine} are allowed. Nothing was imported.");
            }
            if (!string.IsNullOrWhiteSpace(line))
            {
                yield return ($"{path}, line {number}", line);
            }
        }
    }

    private static ExchangeRecord Exchange(ExchangeRow row) => new()
    {
        Id = row.Exchange,
        Conversation = row.Conversation,
        Parent = row.Parent,
        EarlierInPrompt = row.EarlierInPrompt,
        Place = new Place(row.Platform, row.Server, "", ""),
        Person = row.Person,
        OtherParticipants = row.OtherParticipants,
        Origin = row.Origin,
        SystemPrompt = row.System,
        Prompt = row.Message,
        PromptTokens = row.PromptTokens,
        ModelVersion = row.Model,
        SamplingJson = row.Sampling.ValueKind == JsonValueKind.Undefined ? "{}" : row.Sampling.GetRawText(),
        Seed = row.Seed,
        Time = row.Time,
        Reply = new ExchangeReply
        {
            Status = row.Status,
            Text = row.Reply,
            Tokens = row.ReplyTokens,
            LogProbabilities = row.LogProbabilities,
            Time = row.ReplyTime,
        },
    };

    private static Rating Thumb(ThumbRow row) => new()
    {
        Id = row.Rating,
        Exchange = row.Exchange,
        Person = row.Rater,
        IsByAsker = row.ByAsker,
        Value = row.Value,
        Reason = row.Reason,
        Comment = row.Comment,
        Time = row.Time,
    };

    private static ComparisonRecord Comparison(IGrouping<Guid, RankingRow> rows)
    {
        RankingRow first = rows.First();
        return new ComparisonRecord
        {
            Id = rows.Key,
            Shown = [.. first.Replies.Select(reply => reply.Exchange)],
            Time = first.Made,
            Answers =
            [
                .. rows.Select(row => new ComparisonAnswer
                {
                    Id = row.Answer,
                    Person = row.Rater,
                    Outcome = row.Outcome,
                    Time = row.Time,
                    Tiers = [.. row.Replies.GroupBy(reply => reply.Rank).OrderBy(tier => tier.Key).Select(tier => (IReadOnlyList<Guid>)[.. tier.Select(reply => reply.Exchange)])],
                }),
            ],
        };
    }
}
