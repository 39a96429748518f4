using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace MicroChat.Discord.Client.Gateway;

/// <summary>Says once for every kind of frame that it could not be read, without its content; the others are counted.</summary>
internal sealed partial class FrameFaults(ILogger log)
{
    private const int MostKinds = 64, LongestKind = 60;

    private readonly ConcurrentDictionary<string, byte> _seen = new(StringComparer.Ordinal);
    private long _count;

    /// <summary>Frames that were skipped.</summary>
    public long Count => Interlocked.Read(ref _count);

    public void Report(string kind, string reason)
    {
        Interlocked.Increment(ref _count);
        string shown = string.Concat(kind.Take(LongestKind).Select(c => char.IsAsciiLetterOrDigit(c) || c is '_' or ' ' ? c : '?'));
        if (_seen.Count < MostKinds && _seen.TryAdd(shown, 0))
        {
            LogSkipped(shown, reason);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "A gateway frame ({Kind}) was skipped: {Reason}. More of this kind are skipped without a word.")]
    private partial void LogSkipped(string kind, string reason);
}
