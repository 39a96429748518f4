using MicroChat.Discord;
using MicroChat.Discord.Client;
using MicroChat.Discord.Port;
using Microsoft.Extensions.Logging;

namespace MicroChat.Adapters;

/// <summary>Which client speaks with Discord.</summary>
internal static class DiscordPorts
{
    /// <summary>What is wrong with the choice, with value, wish and remedy; null: nothing.</summary>
    public static string? Fault(DiscordClientChoice choice) => choice == DiscordClientChoice.DiscordNet && BuiltInAdapters.DiscordNetFault is { } fault
        ? $"Discord:Client is discord.net, {fault}; it must be auto or builtin. For Discord.Net, build the Full profile (-p:Profile=Full)."
        : null;

    /// <summary>The client that a choice means in this build.</summary>
    public static DiscordClientChoice Chosen(DiscordClientChoice choice) =>
        choice != DiscordClientChoice.BuiltIn && BuiltInAdapters.DiscordNetFault is null ? DiscordClientChoice.DiscordNet : DiscordClientChoice.BuiltIn;

    /// <summary>A port as the options choose it.</summary>
    public static IDiscordPort Create(DiscordOptions options, TimeProvider time, Random random, ILogger log) => Chosen(options.Client) == DiscordClientChoice.DiscordNet
        ? BuiltInAdapters.DiscordNet(options, time, random, log)
        : new BuiltInClient(options, http: null, time, random, log);
}
