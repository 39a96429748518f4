using System.Net;
using System.Security.Cryptography;
using System.Text;
using MicroChat.Options;
using Microsoft.AspNetCore.Http;

namespace MicroChat.Hosting;

/// <summary>
/// Who is the operator: whoever shows the operator key (as a bearer token, or by the cookie that it earned), and, where no key
/// is set, everyone on this machine.
/// </summary>
internal sealed class OperatorAccess(AppOptions options)
{
    /// <summary>The cookie that stands for the key after a login.</summary>
    public const string CookieName = "microchat-operator";

    private const string BearerPrefix = "Bearer ";

    private readonly string key = options.Server.OperatorKey;

    /// <summary>Whether a login is needed at all.</summary>
    public bool NeedsKey => key.Length > 0;

    /// <summary>Whether the caller of this request is the operator.</summary>
    public bool Allows(HttpContext context)
    {
        if (!NeedsKey)
        {
            return context.Connection.RemoteIpAddress is { } caller && IPAddress.IsLoopback(caller);
        }
        string? authorization = context.Request.Headers.Authorization;
        if (authorization?.StartsWith(BearerPrefix, StringComparison.OrdinalIgnoreCase) == true)
        {
            return Accepts(authorization[BearerPrefix.Length..].Trim());
        }
        return context.Request.Cookies[CookieName] is { } cookie && Same(cookie, CookieValue());
    }

    /// <summary>Whether this is the operator key; takes as long for a near miss as for a far one.</summary>
    public bool Accepts(string candidate) => NeedsKey && Same(candidate, key);

    /// <summary>What <see cref="CookieName"/> holds after a login; changes with the key and does not reveal it.</summary>
    public string CookieValue() => Convert.ToHexString(HMACSHA256.HashData(Encoding.UTF8.GetBytes(key), "microchat operator cookie"u8));

    private static bool Same(string a, string b) =>
        CryptographicOperations.FixedTimeEquals(SHA256.HashData(Encoding.UTF8.GetBytes(a)), SHA256.HashData(Encoding.UTF8.GetBytes(b)));
}
