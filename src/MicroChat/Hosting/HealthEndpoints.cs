using MicroChat.Chat;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace MicroChat.Hosting;

/// <summary>What an orchestrator asks: does the process live, and may it get requests.</summary>
internal static class HealthEndpoints
{
    public static void MapHealth(this IEndpointRouteBuilder app)
    {
        app.MapGet("/health/live", (HttpContext context) => context.Response.WriteAsJsonAsync(new HealthReport("live", []), HostJson.Default.HealthReport));
        app.MapGet("/health/ready", (HttpContext context, IReplyGenerator generator) =>
            context.Response.WriteAsJsonAsync(new HealthReport("ready", [new HealthCheck("model", true, generator.Info.Name)]), HostJson.Default.HealthReport));
    }
}
