using MicroChat.Discord;
using MicroChat.Discord.Client;
using MicroChat.Discord.Port;
using Microsoft.Extensions.Logging;

namespace MicroChat.Adapters;

/// <summary>Which client speaks with Discord.</summary>
internal static partial class DiscordPorts
{
    /// <summary>What is wrong with the choice, with value, wish and remedy; null: nothing.</summary>
    public static string? Fault(DiscordClientChoice choice) => choice == DiscordClientChoice.DiscordNet && BuiltInAdapters.DiscordNetFault is { } fault
        ? $"Discord:Client is discord.net, {fault}; it must be auto or builtin. For Discord.Net, build the Full profile (-p:Profile=Full)."
        : null;

    /// <summary>The client that a choice means in this build.</summary>
    public static DiscordClientChoice Chosen(DiscordClientChoice choice) =>
        choice != DiscordClientChoice.BuiltIn && BuiltInAdapters.DiscordNetFault is null ? DiscordClientChoice.DiscordNet : DiscordClientChoice.BuiltIn;

    /// <summary>A port as the options choose it.</summary>
    /// <param name="options">Valid options.</param>
    /// <param name="sessionsFile">Remembers over restarts how many sessions were begun today.</param>
    /// <param name="time">The clock.</param>
    /// <param name="random">Draws waits and nonces; not used elsewhere.</param>
    /// <param name="log">Takes what operators need to know.</param>
    public static IDiscordPort Create(DiscordOptions options, string sessionsFile, TimeProvider time, Random random, ILogger log)
    {
        DiscordClientChoice chosen = Chosen(options.Client);
        LogChosen(log, chosen == DiscordClientChoice.DiscordNet ? "Discord.Net" : "the built-in client");
        return chosen == DiscordClientChoice.DiscordNet
            ? BuiltInAdapters.DiscordNet(options, sessionsFile, time, random, log)
            : new BuiltInClient(options, http: null, time, random, log) { SessionsFile = sessionsFile };
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Discord is reached through {Client}.")]
    private static partial void LogChosen(ILogger log, string client);
}
