using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace MicroChat.Tests.Discord;

/// <summary>Keeps every line, with the exceptions written out.</summary>
internal sealed class CapturingLog : ILogger
{
    public ConcurrentQueue<string> Lines { get; } = new();

    public string All => string.Join('\n', Lines);

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        Lines.Enqueue($"{logLevel}: {formatter(state, exception)} {exception}");
}
