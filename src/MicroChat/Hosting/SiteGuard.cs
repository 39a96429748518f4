using System.Net;
using MicroChat.Options;
using Microsoft.AspNetCore.Http;

namespace MicroChat.Hosting;

/// <summary>
/// Keeps browsers from being used against the host: a request must name the host by a name that is its own (a foreign name that
/// resolves to this machine is DNS rebinding), and one that changes something must not come from another site's page.
/// </summary>
internal sealed class SiteGuard(AppOptions options)
{
    private const string LocalName = "localhost";

    private readonly ServerOptions server = options.Server;

    /// <summary>Why the request is refused; null: it is not.</summary>
    public string? Objection(HttpRequest request)
    {
        string host = request.Host.Host;
        if (!IsOwnName(host))
        {
            return $"This server does not answer as \"{Short(host)}\". Call it by its address, or have the operator add the name to Server:AllowedHosts.";
        }
        if (HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method))
        {
            return null;        // other sites cannot read the answer, and it changes nothing
        }
        string origin = request.Headers.Origin.ToString(), site = request.Headers["Sec-Fetch-Site"].ToString();
        bool sameOrigin = origin.Length == 0 || origin.Equals($"{request.Scheme}://{request.Host}", StringComparison.OrdinalIgnoreCase);
        bool sameSite = site is "" or "same-origin" or "none";
        return (sameOrigin && sameSite) || IsAllowed(origin)
            ? null
            : $"This request comes from a page of another site ({Short(origin.Length > 0 ? origin : site)}), which may not use this server.";
    }

    /// <summary>Names are only trusted where the operator listed them; numeric addresses cannot be made to mean another machine.</summary>
    private bool IsOwnName(string host)
    {
        string bare = host.Trim('[', ']');
        bool own = IPAddress.TryParse(bare, out IPAddress? address)
            ? !server.IsLoopback || IPAddress.IsLoopback(address)
            : host.Equals(LocalName, StringComparison.OrdinalIgnoreCase);
        return own || server.AllowedHosts.Contains(bare, StringComparer.OrdinalIgnoreCase);
    }

    private bool IsAllowed(string origin) =>
        Uri.TryCreate(origin, UriKind.Absolute, out Uri? uri) && server.AllowedHosts.Contains(uri.Host.Trim('[', ']'), StringComparer.OrdinalIgnoreCase);

    private static string Short(string text) => text.Length <= 100 ? text : text[..100] + "…";
}
