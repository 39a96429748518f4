using System.Text.Json;
using MicroChat.Model.Checkpoints;
using Microsoft.Extensions.Logging;

namespace MicroChat.Discord.Client.Gateway;

/// <summary>When sessions were begun within the last day, earlier runs of the program included: a bot that is started again and again has one budget for all starts.</summary>
internal sealed partial class IdentifyDiary
{
    private const int LongestFile = 1 << 20;

    private static readonly TimeSpan Day = TimeSpan.FromHours(24);

    private readonly Lock _lock = new();
    private readonly Queue<DateTimeOffset> _begun = new();
    private readonly string? _path;
    private readonly TimeProvider _time;
    private readonly ILogger _log;

    /// <param name="path">The file that lasts; null: what earlier runs did is not known. A damaged one counts as empty.</param>
    /// <param name="time">The clock.</param>
    /// <param name="log">Hears when the file cannot be read or written.</param>
    public IdentifyDiary(string? path, TimeProvider time, ILogger log)
    {
        (_path, _time, _log) = (path, time, log);
        DateTimeOffset now = time.GetUtcNow();
        foreach (DateTimeOffset begun in Read().Where(begun => begun <= now && now - begun < Day).Order())
        {
            _begun.Enqueue(begun);
        }
        Before = _begun.Count > 0 ? _begun.Last() : null;
    }

    /// <summary>When the newest session of earlier runs was begun; null: none within a day.</summary>
    public DateTimeOffset? Before { get; }

    /// <summary>When the newest session was begun; null: none within a day.</summary>
    public DateTimeOffset? Newest
    {
        get
        {
            lock (_lock)
            {
                return _begun.Count > 0 ? _begun.Last() : null;
            }
        }
    }

    /// <summary>Sessions begun within the last 24 hours.</summary>
    public int LastDay
    {
        get
        {
            lock (_lock)
            {
                Forget();
                return _begun.Count;
            }
        }
    }

    /// <summary>A session is begun now.</summary>
    public void Note()
    {
        lock (_lock)
        {
            Forget();
            _begun.Enqueue(_time.GetUtcNow());
            if (_path is null)
            {
                return;
            }
            try
            {
                AtomicFile.WriteText(_path, JsonSerializer.Serialize(_begun.Select(begun => begun.ToUnixTimeMilliseconds())));
            }
            catch (CheckpointException e)
            {
                LogNotWritten(e.Message);           // the bot must not stay away for that
            }
        }
    }

    private void Forget()
    {
        DateTimeOffset now = _time.GetUtcNow();
        while (_begun.TryPeek(out DateTimeOffset oldest) && now - oldest >= Day)
        {
            _begun.Dequeue();
        }
    }

    private IEnumerable<DateTimeOffset> Read()
    {
        if (_path is null || !File.Exists(_path))
        {
            return [];
        }
        try
        {
            if (new FileInfo(_path).Length <= LongestFile)
            {
                long[] times = JsonSerializer.Deserialize<long[]>(File.ReadAllText(_path)) ?? [];
                return [.. times.Select(DateTimeOffset.FromUnixTimeMilliseconds)];
            }
            LogNotRead($"{_path} is longer than {LongestFile} bytes");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException or ArgumentOutOfRangeException)
        {
            LogNotRead($"{_path}: {e.Message}");
        }
        return [];
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The sessions of earlier runs are not known ({Reason}); they count as none.")]
    private partial void LogNotRead(string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The beginning of a session could not be written down: {Reason}")]
    private partial void LogNotWritten(string reason);
}
