using System.Net;
using System.Text.Json;
using MicroChat.Discord.Client.Gateway;
using MicroChat.Discord.Client.Json;
using MicroChat.Discord.Port;

namespace MicroChat.Discord.Client.Rest;

/// <summary>Facts about the application over REST.</summary>
/// <remarks>Source of the flags: Discord API, resources/application, "Application Flags".</remarks>
internal sealed class ApplicationRest(RestClient rest, GatewayInfoSource info)
{
    private const int Members = (1 << 14) | (1 << 15), Content = (1 << 18) | (1 << 19);

    public async Task<ApplicationFacts> FetchAsync(CancellationToken cancellationToken)
    {
        GatewayInfo gateway = await info.FetchAsync(cancellationToken).ConfigureAwait(false);
        Route route = Route.OwnApplication();
        JsonElement json = await rest.SendAsync(route, null, cancellationToken).ConfigureAwait(false);
        if (json.Id("id") is not { } id)
        {
            throw new DiscordException($"{route} succeeded, but its answer is no application. Check that Discord:ApiBase is a Discord API.", HttpStatusCode.OK, 0, null);
        }
        int flags = json.Int("flags") ?? 0;
        return new ApplicationFacts(
            id, json.Text("name") ?? "", (flags & Content) != 0, (flags & Members) != 0, json.Flag("bot_public"), gateway.Remaining ?? IdentifyGate.UsualBudget, gateway.ResetAfter, gateway.Shards);
    }
}
