using System.Globalization;
using MicroChat.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace MicroChat.Api;

/// <summary>The API under /v1, in the form that OpenAI's clients speak.</summary>
internal static partial class OpenAiApi
{
    private const string Root = "/v1";

    public static void AddOpenAiApi(this IServiceCollection services)
    {
        services.AddSingleton<ApiKeys>();
        services.AddSingleton<ApiCaller>();
        services.AddSingleton<ServedModels>();
        services.AddSingleton<Completions>();
    }

    public static void MapOpenAiApi(this IEndpointRouteBuilder app)
    {
        var chat = new ChatForm();
        var text = new TextForm();
        Map(app, "GET", "/models", context => ApiJson.WriteAsync(
            context.Response, new ModelList("list", Models(context).All), ApiJson.Shared.ModelList, context.RequestAborted));
        Map(app, "GET", "/models/{**id}", context => ApiJson.WriteAsync(
            context.Response, Models(context).Require((string)context.Request.RouteValues["id"]!), ApiJson.Shared.ModelEntry, context.RequestAborted));
        Map(app, "POST", "/chat/completions", context => Answer(context).AnswerAsync(context, CallReader.Chat, chat));
        Map(app, "POST", "/completions", context => Answer(context).AnswerAsync(context, CallReader.Text, text));
        app.Map(Root + "/{**rest}", context => RunAsync(context, NotThere));
    }

    private static void Map(IEndpointRouteBuilder app, string method, string path, RequestDelegate answer) =>
        app.MapMethods(Root + path, [method], context => RunAsync(context, answer)).WithDisplayName($"{method} {Root}{path}");

    private static ServedModels Models(HttpContext context) => context.RequestServices.GetRequiredService<ServedModels>();

    private static Completions Answer(HttpContext context) => context.RequestServices.GetRequiredService<Completions>();

    private static Task NotThere(HttpContext context) => throw new ApiException(404, ApiException.InvalidRequest,
        $"There is no {context.Request.Method} at this address; there are GET /v1/models, POST /v1/chat/completions and POST /v1/completions.", null, "unknown_url");

    /// <summary>Lets the caller in, answers, and turns whatever fails into an error object.</summary>
    private static async Task RunAsync(HttpContext context, RequestDelegate answer)
    {
        TimeProvider time = context.RequestServices.GetRequiredService<TimeProvider>();
        ILogger log = context.RequestServices.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(OpenAiApi));
        long started = time.GetTimestamp();
        context.Response.OnStarting(() =>
        {
            context.Response.Headers["openai-processing-ms"] = ((long)time.GetElapsedTime(started).TotalMilliseconds).ToString(CultureInfo.InvariantCulture);
            return Task.CompletedTask;
        });
        try
        {
            context.RequestServices.GetRequiredService<ApiCaller>().Admit(context);
            await answer(context);
        }
        catch (Exception e) when (context.RequestAborted.IsCancellationRequested)
        {
            string reason = e.GetType().Name;
            LogGone(log, context.TraceIdentifier, reason);
        }
        catch (Exception e)       // the API's edge: whatever failed becomes an error object
        {
            ApiException error = ApiErrors.Of(e);
            if (error.Status == StatusCodes.Status500InternalServerError)
            {
                LogFailed(log, e, context.TraceIdentifier);
            }
            await ApiErrors.WriteAsync(context, error);
        }
        double milliseconds = time.GetElapsedTime(started).TotalMilliseconds;
        LogAnswered(log, context.TraceIdentifier, context.GetEndpoint()?.DisplayName, context.Response.StatusCode, milliseconds);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "{Request} {Endpoint}: {Status} after {Milliseconds:0} ms")]
    private static partial void LogAnswered(ILogger log, string request, string? endpoint, int status, double milliseconds);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Request}: the client is gone ({Reason}); its replies were ended.")]
    private static partial void LogGone(ILogger log, string request, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Request} failed.")]
    private static partial void LogFailed(ILogger log, Exception e, string request);
}
