using MicroChat.Discord;
using MicroChat.Discord.Port;
using MicroChat.Model.Decoding;
using MicroChat.Model.Tokenizers;
using Microsoft.Extensions.Logging;

namespace MicroChat.Adapters;

/// <summary>The adapters of this build: the Portable profile has none.</summary>
internal static class BuiltInAdapters
{
    /// <summary>Name of the build's profile.</summary>
    public static string Profile => "Portable";

    private const string Absent = "which is not built into this program";

    /// <summary>Why Discord.Net cannot be used; null: it can.</summary>
    public static string? DiscordNetFault => Absent;

    /// <summary>Why Microsoft.ML.Tokenizers cannot be used; null: it can.</summary>
    public static string? TokenizerFault => Absent;

    /// <summary>Merges tokens; null: the built-in code does.</summary>
    public static ITokenizerLibrary? Tokenizers => null;

    /// <summary>Why TorchSharp cannot be used; null: it can.</summary>
    public static string? TorchFault => Absent;

    /// <summary>Whether TorchSharp can compute on a card.</summary>
    public static bool HasCard => false;

    /// <summary>Why a device cannot be used; only where there is no <see cref="TorchFault"/>.</summary>
    public static string? TorchDeviceFault(string device) => throw new NotSupportedException($"{device} was asked for on TorchSharp, {TorchFault}.");

    /// <summary>Decoders on a device; only where there is no <see cref="TorchFault"/>.</summary>
    public static IComputeBackend Torch(string device) => throw new NotSupportedException($"{device} was asked for on TorchSharp, {TorchFault}.");

    /// <summary>The Discord port on Discord.Net; only where there is no <see cref="DiscordNetFault"/>.</summary>
    public static IDiscordPort DiscordNet(DiscordOptions options, string sessionsFile, TimeProvider time, Random random, ILogger log) =>
        throw new NotSupportedException($"Discord.Net was asked for, {DiscordNetFault}.");
}
