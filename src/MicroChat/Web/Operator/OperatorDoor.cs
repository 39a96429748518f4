using MicroChat.Hosting;
using Microsoft.AspNetCore.Http;

namespace MicroChat.Web.Operator;

/// <summary>Lets the operator in: by the key, which earns a cookie that scripts cannot read, or from this machine where no key is set.</summary>
internal sealed class OperatorDoor(OperatorAccess access, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan PriceOfAWrongKey = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Lifetime = TimeSpan.FromDays(7);

    // One try at a time: guessing cannot be made faster by many connections.
    private readonly SemaphoreSlim tries = new(1);

    /// <exception cref="PageException">The caller is not the operator.</exception>
    public void Require(HttpContext context)
    {
        if (!access.Allows(context))
        {
            throw access.NeedsKey
                ? new PageException(401, "login", "This needs the operator's key; log in at /operator.")
                : new PageException(403, "operator", "This is open to callers on the server's own machine only; set Server:OperatorKey to allow a login.");
        }
    }

    public Task SessionAsync(HttpContext context) => context.Response.WriteAsJsonAsync(
        new OperatorSessionBody(access.Allows(context), access.NeedsKey), OperatorJson.Default.OperatorSessionBody);

    public async Task LoginAsync(HttpContext context)
    {
        LoginBody body = await PageJson.ReadAsync(context, OperatorJson.Default.LoginBody);
        await tries.WaitAsync(context.RequestAborted);
        try
        {
            if (!access.Accepts(body.Key ?? ""))
            {
                await Task.Delay(PriceOfAWrongKey, time, context.RequestAborted);
                throw new PageException(401, "wrong_key", "This is not the operator's key. It is the value of Server:OperatorKey.");
            }
        }
        finally
        {
            tries.Release();
        }
        context.Response.Cookies.Append(OperatorAccess.CookieName, access.CookieValue(), Visitors.CookieFor(context, Lifetime));
        context.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    public static Task LogoutAsync(HttpContext context)
    {
        context.Response.Cookies.Delete(OperatorAccess.CookieName, Visitors.CookieFor(context, null));
        context.Response.StatusCode = StatusCodes.Status204NoContent;
        return Task.CompletedTask;
    }

    public void Dispose() => tries.Dispose();
}
