using System.Text.Json;
using MicroChat.Discord.Client.Json;
using MicroChat.Discord.Client.Rest;
using MicroChat.Discord.Port;

namespace MicroChat.Discord.Client.Gateway;

/// <summary>Asks the API where the gateway is and how many sessions may begin.</summary>
internal sealed class GatewayInfoSource(DiscordOptions options, RestClient rest)
{
    /// <summary>What Discord usually allows; for servers that do not say.</summary>
    private const int UsualConcurrency = 1;

    private static readonly TimeSpan UsualReset = TimeSpan.FromHours(24);

    /// <exception cref="DiscordSetupException">The token is refused, or there is no address.</exception>
    /// <exception cref="DiscordException">Not reached.</exception>
    public async Task<GatewayInfo> FetchAsync(CancellationToken cancellationToken)
    {
        JsonElement json = await AskAsync(cancellationToken).ConfigureAwait(false);
        JsonElement limit = json.Object("session_start_limit") ?? default;
        string address = options.Gateway.Length > 0 ? options.Gateway : json.Text("url") ?? "";
        if (!Uri.TryCreate(address, UriKind.Absolute, out Uri? gateway) || gateway.Scheme is not ("ws" or "wss") || (gateway.Scheme == "ws" && !gateway.IsLoopback))
        {
            throw new DiscordSetupException("The API names no gateway with wss://. Check that Discord:ApiBase is a Discord API, or set Discord:Gateway.", null);
        }
        double reset = limit.Number("reset_after") is { } told and >= 0 and <= 864e5 ? told : UsualReset.TotalMilliseconds;
        return new GatewayInfo(
            gateway,
            Math.Clamp(json.Int("shards") ?? 1, 1, 10_000),
            limit.Int("remaining") is { } remaining ? Math.Max(0, remaining) : null,
            TimeSpan.FromMilliseconds(reset),
            Math.Clamp(limit.Int("max_concurrency") ?? UsualConcurrency, 1, 10_000));
    }

    /// <summary>A server that does not have this request is fine where the gateway's address is set.</summary>
    private async Task<JsonElement> AskAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await rest.SendAsync(Route.GatewayBot(), null, cancellationToken).ConfigureAwait(false);
        }
        catch (DiscordException e) when (e.Status == System.Net.HttpStatusCode.Unauthorized)
        {
            throw new DiscordSetupException(e.Message, null);
        }
        catch (DiscordException e) when (e.Status == System.Net.HttpStatusCode.NotFound && options.Gateway.Length > 0)
        {
            return default;
        }
    }
}
