namespace MicroChat.Training.Data;

/// <summary>The layouts that the readers know.</summary>
public enum DatasetFormat
{
    /// <summary>Decide by the first row's fields.</summary>
    Auto,

    /// <summary>Plain text, documents separated by a line <c>&lt;|endoftext|&gt;</c>.</summary>
    Text,

    /// <summary>JSONL: <c>text</c>, one document per row.</summary>
    TextRows,

    /// <summary>JSONL: <c>messages</c> of <c>role</c> and <c>content</c>.</summary>
    Messages,

    /// <summary>JSONL: <c>conversations</c> of <c>from</c> and <c>value</c>.</summary>
    ShareGpt,

    /// <summary>JSONL of databricks-dolly-15k: <c>instruction</c>, <c>context</c>, <c>response</c>, <c>category</c>.</summary>
    Dolly,

    /// <summary>JSONL of OpenAssistant (both releases), a tree per row: <c>message_tree_id</c>, <c>prompt</c> with nested <c>replies</c>.</summary>
    OpenAssistantTrees,

    /// <summary>JSONL of OpenAssistant, a message per row: <c>message_id</c>, <c>parent_id</c>, <c>text</c>, <c>role</c>, maybe nested <c>replies</c>.</summary>
    OpenAssistantMessages,

    /// <summary>JSONL of Anthropic's hh-rlhf: <c>chosen</c> and <c>rejected</c> transcripts of "Human:" and "Assistant:".</summary>
    HelpfulHarmless,

    /// <summary>JSONL: <c>prompt</c> (text or turns), <c>chosen</c>, <c>rejected</c> (text or turns; the prompt may be their common beginning).</summary>
    Preferences,

    /// <summary>JSONL: <c>prompt</c> (text or turns) without an answer.</summary>
    Prompts,

    /// <summary>JSONL: <c>prompt</c>, <c>replies</c> of <c>content</c> and <c>rank</c> (0 is the best, equal is a tie).</summary>
    Rankings,

    /// <summary>JSONL: <c>prompt</c>, <c>completion</c> (text or one assistant turn), <c>label</c> (true, false or a share of thumbs up), maybe <c>rater</c> and <c>weight</c>.</summary>
    Thumbs,
}

/// <summary>What happens at a row that can't be used.</summary>
public enum BadRows
{
    /// <summary>Stop with a <see cref="DatasetException"/>.</summary>
    Stop,

    /// <summary>Leave the row out, count it and go on, up to <see cref="DatasetOptions.SkipLimit"/>.</summary>
    Skip,
}

/// <summary>How a data file is read.</summary>
public sealed record DatasetOptions
{
    /// <summary>The layout; Auto: by the first row's fields.</summary>
    public DatasetFormat Format { get; init; } = DatasetFormat.Auto;

    /// <summary>What happens at a row that can't be used.</summary>
    public BadRows BadRows { get; init; } = BadRows.Stop;

    /// <summary>With <see cref="BadRows.Skip"/>: one bad row more than this stops the reading. Unit: rows.</summary>
    public long SkipLimit { get; init; } = 100;

    /// <summary>Longest line. Unit: bytes.</summary>
    public int MaxLineBytes { get; init; } = 1 << 20;

    /// <summary>Deepest nesting of JSON. Unit: levels.</summary>
    public int MaxJsonDepth { get; init; } = 128;

    /// <summary>Longest document kept in memory; a longer one is handed out in pieces. Unit: characters.</summary>
    public int MaxDocumentCharacters { get; init; } = 1 << 22;

    /// <summary>Source of rows that name none; null: by the layout, or the file's name.</summary>
    public string? Source { get; init; }

    /// <summary>Licence of rows that name none; null: by the layout, or "unknown".</summary>
    public string? License { get; init; }

    /// <summary>OpenAssistant: which trees and messages are taken.</summary>
    public OpenAssistantOptions OpenAssistant { get; init; } = new();
}

/// <summary>Which messages of an OpenAssistant tree are taken. A message that is not takes everything below it along.</summary>
public sealed record OpenAssistantOptions
{
    /// <summary>Language of the messages, as in "en"; null: any.</summary>
    public string? Language { get; init; } = "en";

    /// <summary>Whether messages without a review result are taken; those with a negative one never are.</summary>
    public bool AcceptUnreviewed { get; init; }

    /// <summary>Whether messages written by a model are taken.</summary>
    public bool AcceptSynthetic { get; init; } = true;

    /// <summary>Most conversations out of one tree: the path of best-ranked replies, then the next best. Unit: conversations.</summary>
    public int PathsPerTree { get; init; } = 1;
}

/// <summary>What a reader met; filled while it reads.</summary>
public sealed class RowReport
{
    private const int KeptProblems = 20;
    private readonly List<string> _problems = [];

    /// <summary>Lines that held a row, bad ones included.</summary>
    public long Rows { get; internal set; }

    /// <summary>Bad rows left out.</summary>
    public long Skipped { get; private set; }

    /// <summary>Conversations, pairs, prompts or documents handed out.</summary>
    public long Yielded { get; internal set; }

    /// <summary>What was wrong with the first of the skipped rows.</summary>
    public IReadOnlyList<string> Problems => _problems;

    /// <summary>The counts, and the problems one a line.</summary>
    public override string ToString() =>
        string.Join('\n', _problems.Prepend($"{Rows} rows read, {Yielded} items taken, {Skipped} rows skipped"));

    internal void Skip(DatasetException problem)
    {
        Skipped++;
        if (_problems.Count < KeptProblems)
        {
            _problems.Add(problem.Message);
        }
    }
}
