using System.Text.Json;

namespace MicroChat.Training.Data;

/// <summary>Reads data files, plain or gzipped, in every layout that is known; all readers stream, so a file may be of any size.</summary>
public static class Datasets
{
    private const int RowsTriedForFormat = 100;

    /// <summary>Conversations for fine-tuning: chat JSONL, ShareGPT, Dolly, OpenAssistant (best paths).</summary>
    /// <param name="path">The file.</param>
    /// <param name="options">Format, limits, what to do at bad rows.</param>
    /// <param name="report">Filled while reading; may be shared by several files, whose bad rows then count together.</param>
    /// <exception cref="DatasetException">At the call or while enumerating: the file or a row can't be used.</exception>
    public static IEnumerable<Conversation> Conversations(string path, DatasetOptions options, RowReport report)
    {
        var rows = new RowSource(path, options, report);
        DatasetFormat format = FormatOf(path, options);
        return Counted(report, format switch
        {
            DatasetFormat.Messages => rows.Read(row => RowParsers.Messages(rows, row)).Select(row => row.Item),
            DatasetFormat.ShareGpt => rows.Read(row => RowParsers.ShareGpt(rows, row)).Select(row => row.Item),
            DatasetFormat.Dolly => rows.Read(row => RowParsers.Dolly(rows, row)).Select(row => row.Item),
            DatasetFormat.OpenAssistantTrees or DatasetFormat.OpenAssistantMessages => OpenAssistantConversations(rows, options, format),
            _ => throw Unfit(path, format, "conversations", "messages, conversations, instruction and response, or OpenAssistant's"),
        });
    }

    /// <summary>Preference pairs: preference JSONL, hh-rlhf, and every ordered pair of ranked replies. Arguments as above.</summary>
    /// <exception cref="DatasetException">At the call or while enumerating: the file or a row can't be used.</exception>
    public static IEnumerable<PreferencePair> Preferences(string path, DatasetOptions options, RowReport report)
    {
        var rows = new RowSource(path, options, report);
        DatasetFormat format = FormatOf(path, options);
        return Counted(report, format switch
        {
            DatasetFormat.Preferences => rows.Read(row => PreferenceParsers.Preference(rows, row)).Select(row => row.Item),
            DatasetFormat.HelpfulHarmless => rows.Read(row => PreferenceParsers.HelpfulHarmless(rows, row)).Select(row => row.Item),
            DatasetFormat.OpenAssistantTrees or DatasetFormat.OpenAssistantMessages =>
                OpenAssistantRankings(rows, options, format).SelectMany(ranking => ranking.Pairs()),
            DatasetFormat.Rankings => rows.Read(row => PreferenceParsers.Ranking(rows, row)).SelectMany(row => row.Item.Pairs()),
            _ => throw Unfit(path, format, "preference pairs", "prompt, chosen and rejected; prompt and replies; or OpenAssistant's"),
        });
    }

    /// <summary>Rankings of two or more replies: ranking JSONL, and OpenAssistant's trees. Arguments as above.</summary>
    /// <exception cref="DatasetException">At the call or while enumerating: the file or a row can't be used.</exception>
    public static IEnumerable<PreferenceRanking> Rankings(string path, DatasetOptions options, RowReport report)
    {
        var rows = new RowSource(path, options, report);
        DatasetFormat format = FormatOf(path, options);
        return Counted(report, format switch
        {
            DatasetFormat.Rankings => rows.Read(row => PreferenceParsers.Ranking(rows, row)).Select(row => row.Item),
            DatasetFormat.OpenAssistantTrees or DatasetFormat.OpenAssistantMessages => OpenAssistantRankings(rows, options, format),
            _ => throw Unfit(path, format, "rankings", "prompt and replies, or OpenAssistant's"),
        });
    }

    /// <summary>Single replies with a thumb up or down. Arguments as above.</summary>
    /// <exception cref="DatasetException">At the call or while enumerating: the file or a row can't be used.</exception>
    public static IEnumerable<RatedReply> Thumbs(string path, DatasetOptions options, RowReport report)
    {
        var rows = new RowSource(path, options, report);
        DatasetFormat format = FormatOf(path, options);
        return Counted(report, format == DatasetFormat.Thumbs
            ? rows.Read(row => PreferenceParsers.Thumb(rows, row)).Select(row => row.Item)
            : throw Unfit(path, format, "thumbs", "prompt, completion and label"));
    }

    /// <summary>Prompts without answers: prompts JSONL, and the roots of OpenAssistant's trees. Arguments as above.</summary>
    /// <exception cref="DatasetException">At the call or while enumerating: the file or a row can't be used.</exception>
    public static IEnumerable<ChatPrompt> Prompts(string path, DatasetOptions options, RowReport report)
    {
        var rows = new RowSource(path, options, report);
        DatasetFormat format = FormatOf(path, options);
        return Counted(report, format switch
        {
            DatasetFormat.Prompts => rows.Read(row => RowParsers.Prompt(rows, row)).Select(row => row.Item),
            DatasetFormat.OpenAssistantTrees or DatasetFormat.OpenAssistantMessages => OpenAssistantTrees(rows, options, format)
                .Where(root => root.Taken).Select(root => new ChatPrompt(OpenAssistantSource(rows, options), OpenAssistantLicense(options), [root.Turn])),
            _ => throw Unfit(path, format, "prompts", "prompt, or OpenAssistant's"),
        });
    }

    /// <summary>Documents for pretraining: plain text, or JSONL with <c>text</c>. Arguments as above.</summary>
    /// <exception cref="DatasetException">At the call or while enumerating: the file or a row can't be used.</exception>
    public static IEnumerable<TextDocument> Documents(string path, DatasetOptions options, RowReport report)
    {
        var rows = new RowSource(path, options, report);
        DatasetFormat format = FormatOf(path, options);
        return Counted(report, format switch
        {
            DatasetFormat.Text => TextDocuments.Read(path, options, report),
            DatasetFormat.TextRows => rows.Read(row => RowParsers.Text(rows, row)).Select(row => row.Item),
            _ => throw Unfit(path, format, "plain text", "text, or no JSON at all"),
        });
    }

    /// <summary>The layout of a file, by the fields of its first row that is JSON.</summary>
    /// <exception cref="DatasetException">The file can't be read, or its rows have fields of no known layout.</exception>
    public static DatasetFormat Detect(string path, DatasetOptions options)
    {
        using var lines = new LineReader(path, options.MaxLineBytes);
        DatasetException? first = null;
        for (int tried = 0; tried < RowsTriedForFormat && lines.Read();)
        {
            ReadOnlySpan<byte> line = lines.Line.Span.Trim((byte)' ');
            if (line.IsEmpty)
            {
                continue;
            }
            if (tried++ == 0 && line[0] is not ((byte)'{' or (byte)'['))
            {
                return DatasetFormat.Text;
            }
            try
            {
                using JsonDocument document = RowSource.Parse(lines, options);
                return ByFields(document.RootElement);
            }
            catch (RowException e)
            {
                first ??= DatasetException.Row(path, lines.LineNumber, e);
            }
        }
        throw first ?? DatasetException.File(path, "holds no rows.", "Check that it is the right file.", null);
    }

    private static DatasetFormat FormatOf(string path, DatasetOptions options) =>
        options.Format == DatasetFormat.Auto ? Detect(path, options) : options.Format;

    private static DatasetFormat ByFields(JsonElement row)
    {
        bool Has(string name) => row.TryGetProperty(name, out _);
        if (Has("messages")) return DatasetFormat.Messages;
        if (Has("conversations")) return DatasetFormat.ShareGpt;
        if (Has("instruction") && Has("response")) return DatasetFormat.Dolly;
        if (Has("message_tree_id") && Has("prompt")) return DatasetFormat.OpenAssistantTrees;
        if (Has("message_id") && Has("text")) return DatasetFormat.OpenAssistantMessages;
        if (Has("chosen") && Has("rejected"))
        {
            bool transcript = !Has("prompt") && row.GetProperty("chosen") is { ValueKind: JsonValueKind.String } chosen && PreferenceParsers.IsTranscript(RowFields.Text(chosen, "chosen"));
            return transcript ? DatasetFormat.HelpfulHarmless : DatasetFormat.Preferences;
        }
        if (Has("prompt") && Has("completion") && Has("label")) return DatasetFormat.Thumbs;
        if (Has("prompt") && Has("replies")) return DatasetFormat.Rankings;
        if (Has("prompt")) return DatasetFormat.Prompts;
        if (Has("text")) return DatasetFormat.TextRows;
        throw new RowException(null, $"a row with the fields [{string.Join(", ", row.EnumerateObject().Take(12).Select(field => field.Name))}]",
            "messages; conversations; instruction and response; message_tree_id and prompt; message_id and text; chosen and rejected; prompt, completion and label; prompt and replies; prompt; or text",
            "Name the file's format.");
    }

    private static IEnumerable<Conversation> OpenAssistantConversations(RowSource rows, DatasetOptions options, DatasetFormat format) =>
        OpenAssistantTrees(rows, options, format).SelectMany(root => OpenAssistantTree.Paths(root).Take(options.OpenAssistant.PathsPerTree)
            .Select(path => new Conversation(OpenAssistantSource(rows, options), OpenAssistantLicense(options), path)));

    private static IEnumerable<PreferenceRanking> OpenAssistantRankings(RowSource rows, DatasetOptions options, DatasetFormat format) =>
        OpenAssistantTrees(rows, options, format).SelectMany(root => OpenAssistantTree.Rankings(root)
            .Select(ranking => new PreferenceRanking(OpenAssistantSource(rows, options), OpenAssistantLicense(options), ranking.Prompt, ranking.Replies)));

    private static IEnumerable<OpenAssistantMessage> OpenAssistantTrees(RowSource rows, DatasetOptions options, DatasetFormat format) =>
        format == DatasetFormat.OpenAssistantTrees ? OpenAssistantRows.Trees(rows, options.OpenAssistant) : OpenAssistantRows.Messages(rows, options.OpenAssistant);

    private static string OpenAssistantSource(RowSource rows, DatasetOptions options) => options.Source ?? $"OpenAssistant ({rows.FileName})";

    private static string OpenAssistantLicense(DatasetOptions options) => options.License ?? "Apache-2.0";

    private static IEnumerable<T> Counted<T>(RowReport report, IEnumerable<T> items)
    {
        foreach (T item in items)
        {
            report.Yielded++;
            yield return item;
        }
    }

    private static DatasetException Unfit(string path, DatasetFormat format, string wanted, string fields) =>
        DatasetException.File(path, $"has the layout {format}, which holds no {wanted}; wanted rows with {fields}.", "Choose another file, or name its format.", null);
}
