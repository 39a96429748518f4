using MicroChat.Discord;
using MicroChat.Discord.Port;
using MicroChat.DiscordNet;
using MicroChat.MLTokenizers;
using MicroChat.Model.Decoding;
using MicroChat.Model.Tokenizers;
using MicroChat.Torch;
using Microsoft.Extensions.Logging;

namespace MicroChat.Adapters;

/// <summary>The adapters of this build: the Full profile has them all.</summary>
internal static class BuiltInAdapters
{
    /// <summary>Name of the build's profile.</summary>
    public static string Profile => "Full";

    private static readonly Lazy<string?> ProbedTokenizers = new(() => MLTokenizerLibrary.Probe() is { } fault ? $"which does not work here ({fault})" : null);

    private static readonly Lazy<string?> Probed = new(() => DiscordNetClient.Probe() is { } fault ? $"which does not work here ({fault})" : null);

    private static readonly Lazy<string?> ProbedTorch = new(() => TorchPlace.Probe() is { } fault ? $"which does not work here ({fault})" : null);

    /// <summary>Why TorchSharp cannot be used; null: it can.</summary>
    public static string? TorchFault => ProbedTorch.Value;

    /// <summary>Whether TorchSharp can compute on a card.</summary>
    public static bool HasCard => TorchFault is null && TorchPlace.Cards > 0;

    /// <summary>Why Discord.Net cannot be used; null: it can.</summary>
    public static string? DiscordNetFault => Probed.Value;

    /// <summary>Why Microsoft.ML.Tokenizers cannot be used; null: it can.</summary>
    public static string? TokenizerFault => ProbedTokenizers.Value;

    /// <summary>Merges tokens; null: the built-in code does.</summary>
    public static ITokenizerLibrary? Tokenizers => TokenizerFault is null ? new MLTokenizerLibrary() : null;

    /// <summary>Why a device cannot be used; only where there is no <see cref="TorchFault"/>.</summary>
    public static string? TorchDeviceFault(string device) => TorchPlace.Fault(device);

    /// <summary>Decoders on a device; only where there is no <see cref="TorchFault"/>.</summary>
    public static IComputeBackend Torch(string device) => new TorchBackend(TorchPlace.Choose(device, TorchPrecision.Auto));

    /// <summary>The Discord port on Discord.Net; only where there is no <see cref="DiscordNetFault"/>.</summary>
    public static IDiscordPort DiscordNet(DiscordOptions options, string sessionsFile, TimeProvider time, Random random, ILogger log) =>
        new DiscordNetClient(options, http: null, time, random, log) { SessionsFile = sessionsFile };
}
