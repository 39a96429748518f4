using System.Security.Cryptography;
using System.Text.Encodings.Web;
using System.Text.Json;
using MicroChat.Feedback;
using MicroChat.Model.Checkpoints;
using MicroChat.Model.Templates;
using MicroChat.Options;
using MicroChat.Training.Data;

namespace MicroChat.Cycles;

/// <summary>What of a snapshot can be learned from.</summary>
internal sealed record CycleCounts
{
    /// <summary>Thumbs up and down in the training part.</summary>
    public required long Ups { get; init; }

    /// <inheritdoc cref="Ups"/>
    public required long Downs { get; init; }

    /// <summary>Pairs in the training part.</summary>
    public required long Pairs { get; init; }

    /// <summary>Thumbs and pairs that are held out by person or by time.</summary>
    public required long HeldOut { get; init; }

    /// <summary>Persons whose votes are in the training part.</summary>
    public required long Persons { get; init; }

    /// <summary>Prompts that are answered in training, and those on which nothing is optimised.</summary>
    public required long Prompts { get; init; }

    /// <inheritdoc cref="Prompts"/>
    public required long HeldOutPrompts { get; init; }

    /// <summary>Whether thumbs say more than one thing; else they teach nothing and are left out.</summary>
    public bool ThumbsDiffer => Ups > 0 && Downs > 0;

    /// <summary>What can be learned from.</summary>
    public long Votes => (ThumbsDiffer ? Ups + Downs : 0) + Pairs;
}

/// <summary>Turns the rows of a snapshot into the files that the trainer reads, and parts the prompts.</summary>
internal sealed class CycleRows : IDisposable
{
    private const string Train = "train", License = "private, by consent", Source = "MicroChat feedback";
    private static readonly JsonSerializerOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    private readonly Dictionary<string, StreamWriter> _files = [];
    private readonly HashSet<string> _persons = new(StringComparer.Ordinal);
    private readonly HashSet<ulong> _prompts = [];
    private readonly string _folder;
    private readonly TextSplit _split;
    private readonly Dictionary<string, long> _counts = [];
    private readonly DateTimeOffset _since;
    private long _ups, _downs;

    private CycleRows(string folder, double heldOutPrompts, DateTimeOffset since) => (_folder, _split, _since) = (folder, TextSplit.ByShare(heldOutPrompts), since);

    /// <summary>Writes the files into a folder that appears whole.</summary>
    /// <param name="snapshot">The snapshot's folder, whose hashes were checked.</param>
    /// <param name="files">Its files.</param>
    /// <param name="bank">The operator's own prompts.</param>
    /// <param name="options">What is learned from, and what is held out.</param>
    /// <param name="to">The new folder.</param>
    /// <exception cref="CheckpointException">The file system refused, or a row is damaged.</exception>
    public static CycleCounts Write(string snapshot, IReadOnlyList<SnapshotFile> files, IEnumerable<IReadOnlyList<ChatTurn>> bank, CycleOptions options, string to)
    {
        CycleCounts? counts = null;
        AtomicFolder.Write(to, folder =>
        {
            using var rows = new CycleRows(folder, options.HeldOutPrompts, Since(snapshot, files, options.MostVotes));
            foreach (SnapshotFile file in files)
            {
                rows.Read(snapshot, file);
            }
            foreach (IReadOnlyList<ChatTurn> prompt in bank)
            {
                rows.AddPrompt(TextSplit.Key(prompt), [.. prompt.Select(turn => new Turn(turn.Role, turn.Content))]);
            }
            counts = rows.Counts;
            CycleFile.Write(Path.Combine(folder, CyclePaths.Counts), counts);
        });
        return counts!;
    }

    /// <summary>Checks that every file of a snapshot is the one that its manifest names.</summary>
    /// <exception cref="CheckpointException">One is missing or another.</exception>
    public static void Verify(string snapshot, IReadOnlyList<SnapshotFile> files)
    {
        foreach (SnapshotFile file in files)
        {
            string path = Path.Combine(snapshot, file.Path);
            string found = File.Exists(path) ? Sha256(path) : "missing";
            if (found != file.Sha256)
            {
                throw new CheckpointException($"{path} is not the file that the snapshot's manifest names: its SHA-256 is {found}, and must be {file.Sha256}. Delete the cycle's folder and begin anew; nothing is learned from changed data.");
            }
        }
    }

    /// <summary>SHA-256 of a file, lower-case hexadecimal.</summary>
    public static string Sha256(string path)
    {
        using FileStream stream = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }

    /// <summary>The ids by which a snapshot's rows can be deleted: of exchanges, ratings and answers.</summary>
    public static HashSet<Guid> Ids(string snapshot, IReadOnlyList<SnapshotFile> files)
    {
        var ids = new HashSet<Guid>();
        foreach (SnapshotFile file in files.Where(file => file.Kind is "exchanges" or "thumbs" or "preferences"))
        {
            foreach (JsonElement row in Lines(Path.Combine(snapshot, file.Path)))
            {
                foreach (string field in (string[])["exchange", "rating", "answer", "chosen_exchange", "rejected_exchange"])
                {
                    if (row.TryGetProperty(field, out JsonElement id) && id.TryGetGuid(out Guid found))
                    {
                        ids.Add(found);
                    }
                }
            }
        }
        return ids;
    }

    public void Dispose()
    {
        foreach (StreamWriter file in _files.Values)
        {
            file.Dispose();
        }
    }

    private CycleCounts Counts => new()
    {
        Ups = _ups, Downs = _downs, Persons = _persons.Count, Pairs = Count(CyclePaths.Pairs), HeldOut = Count(CyclePaths.HeldOutPairs) + Count(CyclePaths.HeldOutThumbs),
        Prompts = Count(CyclePaths.Prompts), HeldOutPrompts = Count(CyclePaths.HeldOutPrompts),
    };

    /// <summary>When the oldest of the newest votes was given.</summary>
    private static DateTimeOffset Since(string snapshot, IReadOnlyList<SnapshotFile> files, int most)
    {
        DateTimeOffset[] times = [.. files.Where(IsLearned).SelectMany(file => Lines(Path.Combine(snapshot, file.Path))).Select(TimeOf).OrderDescending().Take(most)];
        return times.Length < most ? DateTimeOffset.MinValue : times[^1];
    }

    private static bool IsLearned(SnapshotFile file) => file is { Kind: "thumbs" or "preferences", Split: Train };

    private static DateTimeOffset TimeOf(JsonElement row) => row.GetProperty("time").GetDateTimeOffset();

    private long Count(string file) => _counts.GetValueOrDefault(file);

    private void Read(string snapshot, SnapshotFile file)
    {
        if (file.Kind is not ("thumbs" or "preferences"))
        {
            return;
        }
        bool train = file.Split == Train;
        foreach (JsonElement row in Lines(Path.Combine(snapshot, file.Path)))
        {
            double weight = row.TryGetProperty("weight", out JsonElement given) && given.TryGetDouble(out double number) ? number : 1;
            Turn[] prompt = [.. row.GetProperty("prompt").EnumerateArray().Select(turn => new Turn(turn.GetProperty("role").GetString()!, turn.GetProperty("content").GetString()!))];
            if (!(weight > 0) || (train && TimeOf(row) < _since))
            {
                continue;
            }
            bool taken = file.Kind == "thumbs" ? AddThumb(row, prompt, weight, train) : AddPair(row, prompt, weight, train);
            if (taken && train)
            {
                _persons.Add(row.GetProperty("rater").GetString()!);
            }
            AddPrompt(TextSplit.Key([.. prompt.Select(turn => new ChatTurn(turn.Role, turn.Content))]), prompt);
        }
    }

    private bool AddThumb(JsonElement row, Turn[] prompt, double weight, bool train)
    {
        string reply = row.GetProperty("completion").GetString()!;
        if (string.IsNullOrWhiteSpace(reply))
        {
            return false;               // an empty reply has no tokens to learn from
        }
        bool up = row.GetProperty("value").GetInt32() > 0;
        (_ups, _downs) = (_ups + (train && up ? 1 : 0), _downs + (train && !up ? 1 : 0));
        Add(train ? CyclePaths.Thumbs : CyclePaths.HeldOutThumbs, new { source = Source, license = License, prompt, completion = reply, label = up, rater = row.GetProperty("rater").GetString(), weight });
        return true;
    }

    private bool AddPair(JsonElement row, Turn[] prompt, double weight, bool train)
    {
        string chosen = row.GetProperty("chosen").GetString()!, rejected = row.GetProperty("rejected").GetString()!;
        if (string.IsNullOrWhiteSpace(chosen) || string.IsNullOrWhiteSpace(rejected))
        {
            return false;
        }
        Add(train ? CyclePaths.Pairs : CyclePaths.HeldOutPairs, new { source = Source, license = License, prompt, chosen, rejected, weight });
        return true;
    }

    private void AddPrompt(ulong key, Turn[] prompt)
    {
        if (_prompts.Add(key))
        {
            Add(_split.IsHeldOut(key) ? CyclePaths.HeldOutPrompts : CyclePaths.Prompts, new { source = Source, license = License, prompt });
        }
    }

    private void Add<T>(string file, T row)
    {
        if (!_files.TryGetValue(file, out StreamWriter? lines))
        {
            _files.Add(file, lines = new StreamWriter(Path.Combine(_folder, file)) { NewLine = "\n" });
        }
        lines.WriteLine(JsonSerializer.Serialize(row, Json));
        _counts[file] = Count(file) + 1;
    }

    private static IEnumerable<JsonElement> Lines(string path)
    {
        int number = 0;
        foreach (string line in File.ReadLines(path))
        {
            number++;
            JsonElement row;
            try
            {
                row = JsonElement.Parse(line);
            }
            catch (JsonException e)
            {
                throw new CheckpointException($"{path}, line {number}: no row could be read ({e.Message}). Delete the cycle's folder and begin anew.", e);
            }
            yield return row;
        }
    }

    /// <summary>A turn as the trainer's files write it.</summary>
    private sealed record Turn(string Role, string Content);
}
