using MicroChat.Chat;
using MicroChat.Hosting;
using MicroChat.Web.Operator;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace MicroChat.Web;

/// <summary>The web page: its files, the visitors' endpoints and the operator's.</summary>
internal static class ChatPage
{
    /// <summary>Needs IFeedbackStore, IChatClient, IReplyGenerator, Generations, TrialService, ProgramContext, AppOptions and OperatorAccess beside these.</summary>
    public static IServiceCollection AddChatPage(this IServiceCollection services) => services
        .AddSingleton<Visitors>()
        .AddSingleton<TrainingConsent>()
        .AddSingleton<ConversationReader>()
        .AddSingleton<RunningReplies>()
        .AddSingleton<ReplyPlanner>()
        .AddSingleton<ServicesOfReplies>()
        .AddSingleton<ChatEndpoints>()
        .AddSingleton<FeedbackEndpoints>()
        .AddSingleton<VisitorEndpoints>()
        .AddSingleton<OperatorDoor>()
        .AddSingleton<OperatorFeedback>()
        .AddSingleton<OperatorRanking>()
        .AddSingleton<TrainingRuns>()
        .AddSingleton<OperatorLoop>()
        .AddSingleton<LoopControl>()
        .AddSingleton(Lineage)
        .AddSingleton<OperatorModels>()
        .AddSingleton<OperatorCycles>();

    public static void MapChatPage(this IEndpointRouteBuilder app)
    {
        Page(app, "/", "index.html");
        Page(app, "/operator", "operator.html");
        Map(app, HttpMethods.Get, "/assets/{name}", context => StaticAssets.SendAsync(context, (string)context.Request.RouteValues["name"]!));
        MapVisitors(app);
        MapOperator(app);
        app.Map("/api/{**rest}", Guarded(context => throw new PageException(404, "not_found", $"There is no {context.Request.Method} {context.Request.Path}.")));
    }

    private static void MapVisitors(IEndpointRouteBuilder app)
    {
        Map<VisitorEndpoints>(app, HttpMethods.Get, "/api/session", (e, context) => e.SessionAsync(context));
        Map<VisitorEndpoints>(app, HttpMethods.Get, "/api/conversations", (e, context) => e.ListAsync(context));
        Map<VisitorEndpoints>(app, HttpMethods.Get, "/api/conversations/{id}", (e, context) => e.ReadAsync(context));
        Map<VisitorEndpoints>(app, HttpMethods.Delete, "/api/conversations/{id}", (e, context) => e.DeleteAsync(context));
        Map<VisitorEndpoints>(app, HttpMethods.Put, "/api/consent", (e, context) => e.SetConsentAsync(context));
        Map<VisitorEndpoints>(app, HttpMethods.Post, "/api/forget-me", (e, context) => e.ForgetMeAsync(context));
        Map<ChatEndpoints>(app, HttpMethods.Post, "/api/chat", (e, context) => e.ChatAsync(context));
        Map<ChatEndpoints>(app, HttpMethods.Post, "/api/stop", (e, context) => e.StopAsync(context));
        Map<FeedbackEndpoints>(app, HttpMethods.Post, "/api/rate", (e, context) => e.RateAsync(context));
        Map<FeedbackEndpoints>(app, HttpMethods.Post, "/api/compare", (e, context) => e.CompareAsync(context));
    }

    private static void MapOperator(IEndpointRouteBuilder app)
    {
        Map<OperatorDoor>(app, HttpMethods.Get, "/api/operator/session", (e, context) => e.SessionAsync(context));
        Map<OperatorDoor>(app, HttpMethods.Post, "/api/operator/login", (e, context) => e.LoginAsync(context));
        Map(app, HttpMethods.Post, "/api/operator/logout", OperatorDoor.LogoutAsync);
        MapBehindDoor<OperatorFeedback>(app, HttpMethods.Get, "/api/operator/feedback", (e, context) => e.ListAsync(context));
        MapBehindDoor<OperatorFeedback>(app, HttpMethods.Get, "/api/operator/feedback/{id}", (e, context) => e.ReadAsync(context));
        MapBehindDoor<OperatorFeedback>(app, HttpMethods.Delete, "/api/operator/feedback/{id}", (e, context) => e.DeleteAsync(context));
        MapBehindDoor<OperatorFeedback>(app, HttpMethods.Get, "/api/operator/statistics", (e, context) => e.StatisticsAsync(context));
        MapBehindDoor<OperatorFeedback>(app, HttpMethods.Get, "/api/operator/trust", (e, context) => e.TrustAsync(context));
        MapBehindDoor<OperatorFeedback>(app, HttpMethods.Post, "/api/operator/export", (e, context) => e.ExportAsync(context));
        MapBehindDoor<OperatorRanking>(app, HttpMethods.Post, "/api/operator/arena", (e, context) => e.ArenaAsync(context));
        MapBehindDoor<OperatorRanking>(app, HttpMethods.Post, "/api/operator/comparisons", (e, context) => e.CompareAsync(context));
        MapBehindDoor<OperatorRanking>(app, HttpMethods.Get, "/api/operator/comparisons", (e, context) => e.ListAsync(context));
        MapBehindDoor<OperatorRanking>(app, HttpMethods.Post, "/api/operator/rank", (e, context) => e.RankAsync(context));
        MapBehindDoor<TrainingRuns>(app, HttpMethods.Get, "/api/operator/runs", (e, context) => e.ListAsync(context));
        MapBehindDoor<TrainingRuns>(app, HttpMethods.Get, "/api/operator/runs/{name}", (e, context) => e.ReadAsync(context));
        MapBehindDoor<OperatorCycles>(app, HttpMethods.Get, "/api/operator/cycles", (e, context) => e.ListAsync(context));
        MapBehindDoor<OperatorCycles>(app, HttpMethods.Get, "/api/operator/cycles/{id}/curves/{stage}", (e, context) => e.CurvesAsync(context));
        MapBehindDoor<OperatorCycles>(app, HttpMethods.Get, "/api/operator/cycles/{id}/report", (e, context) => e.ReportAsync(context));
        MapBehindDoor<OperatorCycles>(app, HttpMethods.Post, "/api/operator/cycles/start", (e, context) => e.StartAsync(context));
        MapBehindDoor<OperatorCycles>(app, HttpMethods.Post, "/api/operator/cycles/stop", (e, context) => e.StopAsync(context));
        MapBehindDoor<OperatorCycles>(app, HttpMethods.Post, "/api/operator/cycles/hold", (e, context) => e.HoldAsync(context));
        MapBehindDoor<OperatorLoop>(app, HttpMethods.Get, "/api/operator/loop", (e, context) => e.ShowAsync(context));
        MapBehindDoor<LoopControl>(app, HttpMethods.Post, "/api/operator/loop/hold", (e, context) => e.HoldAsync(context));
        MapBehindDoor<LoopControl>(app, HttpMethods.Post, "/api/operator/loop/try", (e, context) => e.TryAsync(context));
        MapBehindDoor<LoopControl>(app, HttpMethods.Post, "/api/operator/loop/promote", (e, context) => e.PromoteAsync(context));
        MapBehindDoor<LoopControl>(app, HttpMethods.Post, "/api/operator/loop/roll-back", (e, context) => e.RollBackAsync(context));
        MapBehindDoor<OperatorModels>(app, HttpMethods.Get, "/api/operator/models", (e, context) => e.ListAsync(context));
        MapBehindDoor<OperatorModels>(app, HttpMethods.Post, "/api/operator/models/promote", (e, context) => e.PromoteAsync(context));
        MapBehindDoor<OperatorModels>(app, HttpMethods.Post, "/api/operator/models/roll-back", (e, context) => e.RollBackAsync(context));
    }

    private static void MapBehindDoor<T>(IEndpointRouteBuilder app, string method, string path, Func<T, HttpContext, Task> handle)
        where T : notnull => Map<T>(app, method, path, (endpoints, context) =>
        {
            context.RequestServices.GetRequiredService<OperatorDoor>().Require(context);
            return handle(endpoints, context);
        });

    /// <summary>The registry of the model's folder where the engine can change models; else the one model.</summary>
    private static IModelLineage Lineage(IServiceProvider services)
    {
        var generations = services.GetRequiredService<Generations>();
        return generations is { Registry: { } registry, Live: { } live }
            ? new GenerationLineage(registry, live, services.GetRequiredService<IReplyGenerator>())
            : ActivatorUtilities.CreateInstance<SingleModel>(services);
    }

    private static void Page(IEndpointRouteBuilder app, string path, string file)
    {
        Map(app, HttpMethods.Get, path, context => StaticAssets.SendAsync(context, file));
        Map(app, HttpMethods.Head, path, context => StaticAssets.SendAsync(context, file));
    }

    private static void Map<T>(IEndpointRouteBuilder app, string method, string path, Func<T, HttpContext, Task> handle)
        where T : notnull => Map(app, method, path, context => handle(context.RequestServices.GetRequiredService<T>(), context));

    private static void Map(IEndpointRouteBuilder app, string method, string path, RequestDelegate handle) =>
        app.MapMethods(path, [method], Guarded(handle));

    private static RequestDelegate Guarded(RequestDelegate handle) => context => PageErrors.AnswerAsync(context, inner =>
    {
        PageHeaders.Add(inner.Response);
        return handle(inner);
    });
}
