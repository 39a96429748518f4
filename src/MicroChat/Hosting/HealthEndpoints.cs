using MicroChat.Api;
using MicroChat.Chat;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace MicroChat.Hosting;

/// <summary>What an orchestrator asks: does the process live, may it get requests, and how is it doing.</summary>
internal static class HealthEndpoints
{
    public static void MapHealth(this IEndpointRouteBuilder app)
    {
        app.MapMethods("/health/live", [HttpMethods.Get], context => WriteAsync(context, new HealthReport("live", [])));
        app.MapMethods("/health/ready", [HttpMethods.Get], context => WriteAsync(context, Ready(context.RequestServices)));
        app.MapMethods("/metrics", [HttpMethods.Get], MetricsAsync);
    }

    private static HealthReport Ready(IServiceProvider services)
    {
        Drain drain = services.GetRequiredService<Drain>();
        HealthCheck[] checks =
        [
            new("accepting", !drain.IsDraining, drain.IsDraining ? "stopping" : "yes"),
            new("model", true, services.GetRequiredService<IReplyGenerator>().Info.Name),
            .. services.GetServices<IReadinessCheck>().Select(check => check.Look()),
        ];
        return new HealthReport(checks.All(check => check.Ok) ? "ready" : "not ready", checks);
    }

    private static Task WriteAsync(HttpContext context, HealthReport report)
    {
        context.Response.StatusCode = report.Checks.All(check => check.Ok) ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
        context.Response.Headers.CacheControl = "no-store";
        return context.Response.WriteAsJsonAsync(report, HostJson.Default.HealthReport, cancellationToken: context.RequestAborted);
    }

    private static async Task MetricsAsync(HttpContext context)
    {
        if (!context.RequestServices.GetRequiredService<OperatorAccess>().Allows(context))
        {
            await ApiErrors.WriteAsync(context, new ApiException(401, ApiException.InvalidRequest,
                "The metrics are the operator's: send the operator key as the header \"Authorization: Bearer KEY\".", null, "operator_key_required"));
            return;
        }
        context.Response.ContentType = MetricsPage.ContentType;
        await context.Response.WriteAsync(context.RequestServices.GetRequiredService<MetricsPage>().Render(), context.RequestAborted);
    }
}
