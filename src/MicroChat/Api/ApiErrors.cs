using System.Globalization;
using MicroChat.Chat;
using MicroChat.Chat.Decorators;
using MicroChat.Chat.Serving;
using MicroChat.Model.Templates;
using Microsoft.AspNetCore.Http;

namespace MicroChat.Api;

/// <summary>Every failure as the API's own error object; nothing of paths, stacks or other people's text is in it.</summary>
internal static class ApiErrors
{
    /// <summary>What a failure is called in this API.</summary>
    public static ApiException Of(Exception e) => e switch
    {
        ApiException known => known,
        MessageTooLongException => ApiException.Invalid("messages", e.Message, "context_length_exceeded"),
        EngineStoppingException => ApiException.Stopping(),
        QueueFullException full => new ApiException(429, "requests", full.Message, null, "rate_limit_exceeded") { RetryAfter = full.RetryAfter },
        LimitReachedException limit => new ApiException(429, "requests", limit.Message, null, "rate_limit_exceeded") { RetryAfter = limit.RetryAfter },
        BadHttpRequestException { StatusCode: 413 } => new ApiException(
            413, ApiException.InvalidRequest, "The body is longer than this server takes. Send less text.", null, "request_too_large"),
        BadHttpRequestException bad => new ApiException(bad.StatusCode, ApiException.InvalidRequest, "The request was cut off or sent too slowly. Send it again."),
        TemplateException => ApiException.Invalid("messages", $"The model's chat template refuses these messages: {e.Message}"),
        ArgumentException => ApiException.Invalid(null, e.Message),
        _ => new ApiException(500, "server_error", "Something went wrong on the server; its log says what, under this request's id.", null, "internal_error"),
    };

    /// <summary>Answers with an error object. Does nothing when an answer has begun already.</summary>
    public static Task WriteAsync(HttpContext context, ApiException error)
    {
        if (context.Response.HasStarted)
        {
            return Task.CompletedTask;
        }
        context.Response.StatusCode = error.Status;
        if (error.RetryAfter is { } wait)
        {
            context.Response.Headers.RetryAfter = Math.Max(1, Math.Ceiling(wait.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        }
        if (error.Status == StatusCodes.Status401Unauthorized)
        {
            context.Response.Headers.WWWAuthenticate = "Bearer";
        }
        return ApiJson.WriteAsync(context.Response, Body(error), ApiJson.Shared.ErrorBody, context.RequestAborted);
    }

    /// <summary>The error as the body that carries it.</summary>
    public static ErrorBody Body(ApiException error) => new(new ErrorDetail(error.Message, error.Type, error.Param, error.Code));
}
