using MicroChat.Api;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace MicroChat.Hosting;

/// <summary>What every request passes first: it gets an id, must not come from another site, and is turned away while the host stops.</summary>
internal static class Gate
{
    private const string Health = "/health";
    private const string IdHeader = "x-request-id";

    public static void UseGate(this IApplicationBuilder app, SiteGuard guard, Drain drain)
    {
        app.Use(async (context, next) =>
        {
            context.TraceIdentifier = "req_" + Guid.NewGuid().ToString("N");
            context.Response.Headers[IdHeader] = context.TraceIdentifier;
            context.Response.Headers.XContentTypeOptions = "nosniff";
            if (context.Request.Path.StartsWithSegments(Health))
            {
                await next(context);
                return;
            }
            if (guard.Objection(context.Request) is { } objection)
            {
                await ApiErrors.WriteAsync(context, new ApiException(403, "permission_error", objection, null, "foreign_site"));
                return;
            }
            drain.Enter();
            try
            {
                await (drain.IsDraining ? ApiErrors.WriteAsync(context, ApiException.Stopping()) : next(context));
            }
            finally
            {
                drain.Leave();
            }
        });
    }
}
