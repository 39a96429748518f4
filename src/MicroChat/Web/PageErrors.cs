using System.Globalization;
using System.Text.Json;
using MicroChat.Chat;
using MicroChat.Chat.Decorators;
using MicroChat.Feedback;
using MicroChat.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace MicroChat.Web;

/// <summary>Turns whatever goes wrong in an endpoint into the page's own form of error; nothing of a stack trace or path leaves the server.</summary>
internal static partial class PageErrors
{
    /// <summary>Runs an endpoint; a failure before the answer began becomes an error body.</summary>
    public static async Task AnswerAsync(HttpContext context, RequestDelegate endpoint)
    {
        try
        {
            await endpoint(context);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            return;      // nobody reads the answer any more
        }
        catch (Exception e) when (!context.Response.HasStarted)
        {
            PageException known = Of(e, context);
            context.Response.Clear();
            PageHeaders.Add(context.Response);
            context.Response.StatusCode = known.Status;
            if (e switch { QueueFullException full => full.RetryAfter, LimitReachedException limit => limit.RetryAfter, _ => (TimeSpan?)null } is { } wait)
            {
                context.Response.Headers.RetryAfter = Math.Ceiling(wait.TotalSeconds).ToString(CultureInfo.InvariantCulture);
            }
            await context.Response.WriteAsJsonAsync(new ErrorBody(new ErrorDetail(known.Code, known.Message, known.Retry)), PageJson.Default.ErrorBody);
        }
    }

    /// <summary>The page's name for a failure; one that nobody foresaw is logged.</summary>
    public static PageException Of(Exception e, HttpContext context) => e switch
    {
        PageException known => known,
        MessageTooLongException => new PageException(400, "too_long", e.Message),
        QueueFullException => new PageException(429, "queue_full", "Too many people are waiting for a reply just now. Try again in a moment.", retry: true),
        LimitReachedException => new PageException(429, "limit", e.Message, retry: true),
        BadHttpRequestException bad => new PageException(bad.StatusCode, "bad_request", bad.StatusCode == StatusCodes.Status413PayloadTooLarge
            ? "The request is too large; send less text." : "The request cannot be read; it must be complete and in JSON."),
        JsonException => PageException.Invalid("The body is not the JSON that this address wants; check names and types of its fields."),
        FeedbackException => Store(e, context),
        _ => Unforeseen(e, context),
    };

    private static PageException Store(Exception e, HttpContext context)
    {
        ILogger log = Log(context);
        LogStore(log, e.Message);
        bool isOperator = context.RequestServices.GetRequiredService<OperatorAccess>().Allows(context);
        return new PageException(503, "store", isOperator ? e.Message : "The server could not save or read this just now. Try again; if it stays so, tell the operator.", retry: true);
    }

    private static PageException Unforeseen(Exception e, HttpContext context)
    {
        LogUnforeseen(Log(context), e, context.Request.Path);
        return new PageException(500, "internal", "Something went wrong on the server; the operator finds the reason in its log. Try again.", retry: true);
    }

    private static ILogger Log(HttpContext context) => context.RequestServices.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(PageErrors));

    [LoggerMessage(Level = LogLevel.Error, Message = "The feedback store refused: {Reason}")]
    private static partial void LogStore(ILogger log, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "A request to {Path} failed.")]
    private static partial void LogUnforeseen(ILogger log, Exception e, string path);
}
