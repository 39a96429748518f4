using Microsoft.Extensions.Logging;

namespace MicroChat.Options;

/// <summary>What the host writes to standard error. Section "Logging".</summary>
internal sealed record LoggingOptions
{
    /// <summary>Lowest level that is written.</summary>
    public LogLevel Level { get; init; } = LogLevel.Information;

    /// <summary>Text for people, Json (one object per line) for machines.</summary>
    public LogFormat Format { get; init; } = LogFormat.Text;
}

/// <summary>How a line of the log looks.</summary>
internal enum LogFormat
{
    Text,
    Json,
}
