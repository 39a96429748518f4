using MicroChat.Cycles;
using MicroChat.Options;
using MicroChat.Training.Reports;
using Microsoft.AspNetCore.Http;

namespace MicroChat.Web.Operator;

/// <summary>The loop for the operator's page: cycles with their stages, gates and verdicts, curves of the stage at work, start, stop and hold. Fields are those of cycle.json.</summary>
internal sealed class OperatorCycles(CycleService service, AppOptions options)
{
    private readonly string runs = Path.GetFullPath(options.Page.RunsFolder);

    public async Task ListAsync(HttpContext context) =>
        await context.Response.WriteAsJsonAsync(await service.LookAsync(context.RequestAborted), CycleFile.Layout, context.RequestAborted);

    /// <summary>The curves of a stage, while they grow.</summary>
    public async Task CurvesAsync(HttpContext context)
    {
        string id = context.Request.RouteValues["id"] as string ?? "", stage = context.Request.RouteValues["stage"] as string ?? "";
        CycleState cycle = CycleFile.List(runs).FirstOrDefault(one => one.Id == id) ?? throw PageException.NotFound($"cycle in {runs}");
        string name = cycle.Stages.FirstOrDefault(one => one.Name == stage)?.Name ?? throw PageException.NotFound($"stage of cycle {id}");
        string metrics = Path.Combine(new CyclePaths(Path.Combine(runs, CycleFile.FolderName, cycle.Id)).Of(name), MetricsLog.FileName);
        IReadOnlyList<MetricsRow> rows = File.Exists(metrics) ? [.. MetricsLog.Read(metrics)] : [];
        await context.Response.WriteAsJsonAsync(RunCurves.Of(rows), CycleFile.Layout, context.RequestAborted);
    }

    public async Task ReportAsync(HttpContext context)
    {
        string id = context.Request.RouteValues["id"] as string ?? "";
        CycleState cycle = CycleFile.List(runs).FirstOrDefault(one => one.Id == id) ?? throw PageException.NotFound($"cycle in {runs}");
        string report = new CyclePaths(Path.Combine(runs, CycleFile.FolderName, cycle.Id)).Report;
        if (!File.Exists(report))
        {
            throw new PageException(404, "not_found", $"Cycle {id} has no report yet; it is written when the cycle ends.");
        }
        context.Response.ContentType = "text/html; charset=utf-8";
        context.Response.Headers.ContentSecurityPolicy = "default-src 'none'; style-src 'unsafe-inline'";
        await context.Response.SendFileAsync(report, context.RequestAborted);
    }

    public async Task StartAsync(HttpContext context)
    {
        if (!service.Start())
        {
            throw new PageException(409, "busy", "A cycle is at work already, or the loop is held. Wait for its end, or release the loop.", retry: true);
        }
        context.Response.StatusCode = StatusCodes.Status202Accepted;
        await ListAsync(context);
    }

    public async Task StopAsync(HttpContext context)
    {
        if (!await service.StopCycleAsync())
        {
            throw new PageException(409, "not_running", "No cycle of this host is at work. One that was begun on the command line is stopped there.");
        }
        await ListAsync(context);
    }

    public async Task HoldAsync(HttpContext context)
    {
        HoldBody body = await PageJson.ReadAsync(context, OperatorJson.Default.HoldBody);
        await service.HoldAsync(body.Held ?? throw PageException.Invalid("held is missing; true holds the loop, false releases it."));
        await ListAsync(context);
    }
}
