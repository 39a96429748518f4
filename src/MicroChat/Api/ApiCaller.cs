using System.Net;
using MicroChat.Hosting;
using Microsoft.AspNetCore.Http;

namespace MicroChat.Api;

/// <summary>Who calls the API: the name of a key, the operator, or, where no key is set, somebody on this machine.</summary>
internal sealed class ApiCaller(ApiKeys keys, OperatorAccess access)
{
    private const string BearerPrefix = "Bearer ";
    private const string Local = "local";
    private const string Operator = "operator";

    private static readonly object Item = new();

    /// <summary>The caller's name, once <see cref="Admit"/> has let them in.</summary>
    public static string Of(HttpContext context) => (string)context.Items[Item]!;

    /// <summary>Lets a caller in, or throws.</summary>
    /// <exception cref="ApiException">401: there is no key, or it is wrong.</exception>
    public void Admit(HttpContext context) => context.Items[Item] = Name(context);

    private string Name(HttpContext context)
    {
        string? authorization = context.Request.Headers.Authorization;
        string? key = authorization?.StartsWith(BearerPrefix, StringComparison.OrdinalIgnoreCase) == true ? authorization[BearerPrefix.Length..].Trim() : null;
        if (keys.IsEmpty)
        {
            bool local = context.Connection.RemoteIpAddress is { } caller && IPAddress.IsLoopback(caller);
            return local ? Local : key is not null && access.Accepts(key) ? Operator : throw Refused(
                "This server has no API keys, and so only programs on its own machine may call it. The operator makes a key with: microchat key add NAME");
        }
        return key is null
            ? throw Refused("There is no API key in this request. Send it as the header \"Authorization: Bearer KEY\".")
            : keys.Find(key) ?? (access.Accepts(key) ? Operator : throw Refused("The API key is wrong, or it was removed. Ask the operator for another."));
    }

    private static ApiException Refused(string message) => new(401, ApiException.InvalidRequest, message, null, "invalid_api_key");
}
