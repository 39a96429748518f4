using MicroChat.Feedback;
using Microsoft.AspNetCore.Http;

namespace MicroChat.Web;

/// <summary>Replies: asking for them and stopping them.</summary>
internal sealed class ChatEndpoints(ReplyPlanner planner, RunningReplies running, ServicesOfReplies services, Visitors visitors)
{
    public async Task ChatAsync(HttpContext context)
    {
        ChatBody body = await PageJson.ReadAsync(context, PageJson.Default.ChatBody);
        Pseudonym visitor = visitors.Of(context);
        await RunAsync(context, await planner.PlanAsync(body, visitor, context.RequestAborted));
    }

    /// <summary>Makes and streams what was planned.</summary>
    public async Task RunAsync(HttpContext context, ReplyPlan plan)
    {
        using RunningReplies.Run run = running.Begin(plan.Visitor, context.RequestAborted);
        await new ReplyRun(plan, run, services, context).RunAsync();
    }

    public async Task StopAsync(HttpContext context)
    {
        StopBody body = await PageJson.ReadAsync(context, PageJson.Default.StopBody);
        running.Stop(body.Run, visitors.Of(context));
        context.Response.StatusCode = StatusCodes.Status204NoContent;
    }
}
