namespace MicroChat.Discord.Simulator.Rest;

/// <summary>All routes of the API; of two that fit a path the first one counts.</summary>
internal sealed class Routes(RateLimiter limiter)
{
    private readonly Route[] all =
    [
        .. UserRoutes.All, .. MessageRoutes.Of(limiter), .. ReactionRoutes.All, .. ChannelRoutes.All, .. ThreadRoutes.All, .. GuildRoutes.All,
        .. CommandRoutes.All, .. InteractionRoutes.All,
    ];

    /// <summary>The route for a request with the values of its placeholders.</summary>
    /// <exception cref="DiscordFault">404: no route has such a path; 405: none with this method.</exception>
    public (Route Route, Dictionary<string, string> Values) Find(string method, string[] path)
    {
        bool known = false;
        foreach (Route route in all)
        {
            if (route.Match(path) is { } values)
            {
                if (route.Method == method)
                {
                    return (route, values);
                }
                known = true;
            }
        }
        throw known ? new DiscordFault(405, 0, "405: Method Not Allowed") : DiscordFault.NotFound;
    }
}
