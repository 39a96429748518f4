using Microsoft.AspNetCore.Http;
using MicroChat.Options;

namespace MicroChat.Web;

/// <summary>
/// Keeps other sites out: requests that name another host (DNS rebinding) or that another site's page caused are refused, and
/// every answer tells the browser to load nothing from elsewhere.
/// </summary>
internal sealed class BrowserGuard(AppOptions options)
{
    private const string Policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        + "form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";

    private readonly HashSet<string> hosts = new(
        ["localhost", "127.0.0.1", "[::1]", Bracketed(options.Server.Address), .. options.Server.AllowedHosts], StringComparer.OrdinalIgnoreCase);

    /// <summary>Headers that every answer carries.</summary>
    public static void AddHeaders(HttpResponse response)
    {
        IHeaderDictionary headers = response.Headers;
        headers.ContentSecurityPolicy = Policy;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        headers["Permissions-Policy"] = "camera=(), microphone=(), geolocation=()";
        headers.CacheControl = "no-store";
    }

    /// <exception cref="PageException">The request comes from another site, or by a name that is not this host's.</exception>
    public void Require(HttpRequest request)
    {
        if (!hosts.Contains(request.Host.Host))
        {
            throw new PageException(421, "wrong_host", $"This server does not answer as \"{request.Host.Host}\"; "
                + "open it as localhost, or have the operator add the name to Server:AllowedHosts.");
        }
        if (HttpMethods.IsGet(request.Method) && !request.Path.StartsWithSegments("/api"))
        {
            return;      // a link from elsewhere may open the page
        }
        string site = request.Headers["Sec-Fetch-Site"].ToString(), origin = request.Headers.Origin.ToString();
        bool sameSite = site is "" or "same-origin" or "none";
        bool sameOrigin = origin.Length == 0 || string.Equals(origin, $"{request.Scheme}://{request.Host}", StringComparison.OrdinalIgnoreCase);
        if (!sameSite || !sameOrigin)
        {
            throw new PageException(403, "cross_site", "This request was caused by a page of another site; use the chat page itself.");
        }
    }

    private static string Bracketed(string address) => address.Contains(':') ? $"[{address}]" : address;
}
