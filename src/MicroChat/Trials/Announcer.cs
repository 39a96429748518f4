using System.Globalization;
using MicroChat.Chat.Registry;
using MicroChat.Discord.Port;
using MicroChat.Model.Checkpoints;
using Microsoft.Extensions.Logging;

namespace MicroChat.Trials;

/// <summary>Tells the configured Discord channel about new live generations, each decision once: which was told last stands beside the registry.</summary>
/// <param name="registry">Whose decisions.</param>
/// <param name="port">Null: there is no Discord here, and nothing is told.</param>
/// <param name="options">Which channel.</param>
/// <param name="log">What went wrong.</param>
internal sealed partial class Announcer(ModelRegistry registry, IDiscordPort? port, CanaryOptions options, ILogger log)
{
    /// <summary>Holds the number of the last decision that was told.</summary>
    public const string FileName = "announced.txt";

    /// <summary>Tells what was not told yet. What was decided before there was anybody to tell is not news.</summary>
    public async Task TellAsync(CancellationToken cancellationToken)
    {
        if (port is null || !Snowflake.TryParse(options.AnnounceChannel, out Snowflake channel))
        {
            return;
        }
        string path = Path.Combine(registry.Folder, FileName);
        IReadOnlyList<Decision> decisions = registry.Decisions;
        long last = decisions.Count == 0 ? 0 : decisions[^1].Number;
        if (!File.Exists(path) || !long.TryParse(await File.ReadAllTextAsync(path, cancellationToken), NumberStyles.None, CultureInfo.InvariantCulture, out long told))
        {
            AtomicFile.WriteText(path, last.ToString(CultureInfo.InvariantCulture));
            return;
        }
        foreach (Decision decision in decisions.Where(decision => decision.Number > told))
        {
            if (Announcement.Of(decision, registry.Get(decision.Live).Card) is { } text && !await SendAsync(channel, decision, text, cancellationToken))
            {
                return;
            }
            AtomicFile.WriteText(path, decision.Number.ToString(CultureInfo.InvariantCulture));
        }
    }

    /// <returns>False: it shall be tried again.</returns>
    private async Task<bool> SendAsync(Snowflake channel, Decision decision, string text, CancellationToken cancellationToken)
    {
        try
        {
            await port!.Actions.SendAsync(channel, new OutgoingMessage { Content = text, Nonce = $"decision{decision.Number}" }, cancellationToken);
            return true;
        }
        catch (DiscordException e)
        {
            LogNotTold(log, decision.Number, e.Message);
            return !e.MayRetry;
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Decision {Number} could not be announced on Discord: {Detail}")]
    private static partial void LogNotTold(ILogger log, long number, string detail);
}
