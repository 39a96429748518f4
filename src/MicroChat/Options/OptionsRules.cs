using System.Net;
using MicroChat.Adapters;

namespace MicroChat.Options;

/// <summary>What single values cannot say: formats, and options that depend on each other.</summary>
internal static class OptionsRules
{
    /// <summary>Shortest key that opens anything. Unit: characters.</summary>
    public const int ShortestKey = 16;

    /// <summary>All faults, a sentence or two each.</summary>
    public static IEnumerable<string> Faults(AppOptions options)
    {
        ServerOptions server = options.Server;
        if (!IPAddress.TryParse(server.Address, out _))
        {
            yield return $"Server:Address is \"{server.Address}\"; it must be an IP address. 127.0.0.1 is this machine only, 0.0.0.0 every network.";
        }
        else if (!server.IsLoopback && server.OperatorKey.Length == 0)
        {
            yield return $"Server:Address is {server.Address}, which others can reach, and Server:OperatorKey is not set; it must be {ShortestKey} characters or longer. " +
                $"Set it by the variable {OptionSources.Prefix}Server__OperatorKey, or listen on 127.0.0.1.";
        }
        if (server.OperatorKey.Length is > 0 and < ShortestKey)
        {
            yield return $"Server:OperatorKey is {server.OperatorKey.Length} characters long; it must be {ShortestKey} or longer. Draw a random one, for example with: openssl rand -hex 16";
        }
        foreach ((int index, string key) in server.ApiKeys.Index())
        {
            if (key.Length < ShortestKey || key.Any(c => c is <= ' ' or > '~'))
            {
                yield return $"Server:ApiKeys:{index} has {key.Length} characters; it must have {ShortestKey} or more, all visible ASCII. `microchat key add NAME` makes good ones.";
            }
        }
        foreach ((int index, string host) in server.AllowedHosts.Index())
        {
            if (Uri.CheckHostName(host) == UriHostNameType.Unknown)
            {
                yield return $"Server:AllowedHosts:{index} is \"{host}\"; it must be a host name or an IP address, without scheme and port, for example chat.example.org.";
            }
        }
        foreach (string fault in options.Engine.Validate().Concat(options.Limits.Validate()).Concat(options.Discord.Validate()).Concat(options.DiscordBot.Validate())
            .Concat(options.Training.ValidateTrust()).Concat(options.Canary.Validate()))
        {
            yield return fault;
        }
        foreach ((string name, TimeSpan time) in ((string, TimeSpan)[])[("From", options.Training.Cycle.Schedule.From), ("Until", options.Training.Cycle.Schedule.Until)])
        {
            if (time < TimeSpan.Zero || time >= TimeSpan.FromDays(1))
            {
                yield return $"Training:Cycle:Schedule:{name} is {time}; it must be a time of day from 00:00:00 to 23:59:59, UTC.";
            }
        }
        if (DiscordPorts.Fault(options.Discord.Client) is { } choice)
        {
            yield return choice;
        }
        if (ComputeDevices.Fault(options.Model.Device) is { } device)
        {
            yield return device;
        }
        if (TokenizerLibraries.Fault(options.Model.Tokenizer) is { } tokenizer)
        {
            yield return tokenizer;
        }
        if (server.ApiKeysFile.Length > 0 && Directory.Exists(server.ApiKeysFile))
        {
            yield return $"Server:ApiKeysFile is \"{server.ApiKeysFile}\", which is a folder; it must be a file. Add a file name.";
        }
    }
}
