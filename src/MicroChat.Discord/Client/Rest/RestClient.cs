using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using MicroChat.Discord.Client.Json;
using MicroChat.Discord.Port;
using Microsoft.Extensions.Logging;

namespace MicroChat.Discord.Client.Rest;

/// <summary>Sends requests under the rate limits, and again where that helps and cannot do a thing twice.</summary>
internal sealed partial class RestClient(DiscordOptions options, HttpMessageInvoker http, TimeProvider time, Chance chance, ILogger log)
{
    /// <summary>Attempts after failures of network or server, the first included.</summary>
    public const int MostAttempts = 5;

    /// <summary>Waits for a 429 before an action gives up.</summary>
    public const int MostRefusals = 8;

    /// <summary>A 429 that asks for more than this ends the action.</summary>
    public static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(2);

    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(500), LongestPause = TimeSpan.FromSeconds(10), UnsaidWait = TimeSpan.FromSeconds(1);

    private readonly Uri _base = new(options.ApiBase.TrimEnd('/') + "/");
    private readonly Secrets _secrets = new(options.Token);
    private readonly string _userAgent = UserAgent.Of(options);
    private readonly InvalidRequestBudget _invalid = new(time);
    private volatile bool _tokenRefused;

    public RateLimiter Limiter { get; } = new(options.RequestsPerSecond, time);

    /// <summary>Requests that Discord refused within the last 10 minutes and that count towards a ban.</summary>
    public int Refused => _invalid.Count;

    /// <summary>How one action went so far.</summary>
    private sealed class Course(Backoff pauses)
    {
        public Backoff Pauses { get; } = pauses;

        public int Attempts { get; set; }

        public int Refusals { get; set; }

        /// <summary>An attempt may have been done although no answer told so.</summary>
        public bool Unknown { get; set; }
    }

    /// <summary>Sends a request until it is answered or there is no sense in it any more.</summary>
    /// <returns>The JSON of a 2xx answer; undefined where it has none.</returns>
    /// <exception cref="DiscordException">Refused or not reached.</exception>
    public async Task<JsonElement> SendAsync(Route route, RestBody? body, CancellationToken cancellationToken)
    {
        var course = new Course(new Backoff(FirstPause, LongestPause, chance));
        while (true)
        {
            await AskLeaveAsync(route, cancellationToken).ConfigureAwait(false);
            course.Attempts++;
            RestReply? reply = await AttemptAsync(route, body, course, cancellationToken).ConfigureAwait(false);
            if (reply is not null && (int)reply.Status is >= 200 and < 300)
            {
                return reply.IsReadable ? reply.Body : throw Unreadable(route, reply);
            }
            if (reply is not null)
            {
                await RefusedAsync(route, reply, course, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Nothing is sent that is known to be refused, or when too much was refused lately.</summary>
    private async Task AskLeaveAsync(Route route, CancellationToken cancellationToken)
    {
        if (_tokenRefused && route.Authorized)
        {
            throw TokenRefused(route);
        }
        if (_invalid.Reserve() is not { } wait)
        {
            throw new DiscordException(
                $"{route} was not sent: Discord refused {_invalid.Count} requests within 10 minutes, and bans an address at 10000. Look for the cause in the log; it goes on by itself.",
                null, 0, null)
            { MayRetry = true, RetryAfter = TimeSpan.FromMinutes(1) };
        }
        if (wait > TimeSpan.Zero)
        {
            await Task.Delay(wait, time, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>One request. Null: no answer came, and it can be tried again.</summary>
    private async Task<RestReply?> AttemptAsync(Route route, RestBody? body, Course course, CancellationToken cancellationToken)
    {
        RateBucket bucket = await Limiter.EnterAsync(route, cancellationToken).ConfigureAwait(false);
        using var timeout = new CancellationTokenSource(options.RequestTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeout.Token);
        bool answered = false;
        try
        {
            using HttpRequestMessage request = Request(route, body);
            using HttpResponseMessage response = await http.SendAsync(request, either.Token).ConfigureAwait(false);
            RestReply reply = await RestReply.ReadAsync(response, either.Token).ConfigureAwait(false);
            answered = true;
            Limiter.Answered(route, bucket, reply.Limits);
            return reply;
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested && e is HttpRequestException or IOException or OperationCanceledException)
        {
            await LostAsync(route, course, e, cancellationToken).ConfigureAwait(false);
            return null;
        }
        finally
        {
            if (!answered)
            {
                Limiter.Failed(route, bucket);
            }
        }
    }

    private HttpRequestMessage Request(Route route, RestBody? body)
    {
        var request = new HttpRequestMessage(route.Method, new Uri(_base, route.Path)) { Content = body?.Content() };
        request.Headers.TryAddWithoutValidation("User-Agent", _userAgent);
        if (route.Authorized)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bot", options.Token);
        }
        return request;
    }

    /// <summary>Network or time-out: pauses, or throws where another attempt makes no sense or could do the thing twice.</summary>
    private async Task LostAsync(Route route, Course course, Exception cause, CancellationToken cancellationToken)
    {
        bool unsent = cause is HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError };
        course.Unknown |= !unsent;
        bool repeatable = route.Repeatable || !course.Unknown;
        if (course.Attempts >= MostAttempts || !repeatable)
        {
            throw new DiscordException($"{route} failed after {course.Attempts} attempts: {Words(cause)}. Check the network, and Discord:ApiBase.", null, 0, cause)
            {
                MayRetry = repeatable,
                OutcomeUnknown = course.Unknown,
            };
        }
        LogLost(route.ToString(), course.Attempts, Words(cause));
        await Task.Delay(course.Pauses.Next(), time, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>An answer that is no success: waits for the next attempt, or throws.</summary>
    private async Task RefusedAsync(Route route, RestReply reply, Course course, CancellationToken cancellationToken)
    {
        if (reply.Status == HttpStatusCode.TooManyRequests)
        {
            Limited(route, reply, course);
            return;
        }
        bool server = (int)reply.Status >= 500;
        course.Unknown |= server;
        if (server && route.Repeatable && course.Attempts < MostAttempts)
        {
            LogServer(route.ToString(), (int)reply.Status, course.Attempts);
            await Task.Delay(course.Pauses.Next(), time, cancellationToken).ConfigureAwait(false);
            return;
        }
        if (reply.Status is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden)
        {
            _invalid.Add();
        }
        if (reply.Status == HttpStatusCode.Unauthorized && route.Authorized)
        {
            _tokenRefused = true;
            throw TokenRefused(route);
        }
        throw Refusal(route, reply, course.Unknown, mayRetry: server && route.Repeatable);
    }

    /// <summary>429: who has to wait, and for how long. The next attempt waits when it asks the limiter.</summary>
    private void Limited(Route route, RestReply reply, Course course)
    {
        bool shared = string.Equals(reply.Limits.Scope, "shared", StringComparison.OrdinalIgnoreCase);
        if (!shared)
        {
            _invalid.Add();
        }
        TimeSpan wait = RetryWait.Of(reply) ?? UnsaidWait;
        bool global = reply.Limits.IsGlobal || string.Equals(reply.Limits.Scope, "global", StringComparison.OrdinalIgnoreCase) || reply.Body.Flag("global") || !reply.IsReadable;
        LogLimited(route.ToString(), global ? "global" : reply.Limits.Scope ?? "user", wait.TotalSeconds);
        if (++course.Refusals > MostRefusals || wait > LongestWait)
        {
            throw new DiscordException($"{route} was refused by a rate limit for {wait.TotalSeconds:0.#} s. Try again later.", reply.Status, reply.Body.Int("code") ?? 0, null)
            {
                MayRetry = true,
                RetryAfter = wait,
                OutcomeUnknown = course.Unknown,
            };
        }
        if (global)
        {
            Limiter.BlockAll(wait);
        }
        Limiter.Block(route, wait);
        course.Attempts--;
    }

    private DiscordException Refusal(Route route, RestReply reply, bool unknown, bool mayRetry)
    {
        int code = reply.Body.Int("code") ?? 0;
        string said = _secrets.Clean(reply.Body.Text("message"));
        string where = code == DiscordErrorCode.InvalidForm ? FormErrors.Paths(reply.Body) : "";
        string hint = code == 0 && reply.Status == HttpStatusCode.NotFound ? $" Check that Discord:ApiBase ({options.ApiBase}) is a Discord API." : "";
        string message = $"{route} was refused: HTTP {(int)reply.Status}{(code != 0 ? $", code {code}" : "")}{(said.Length > 0 ? $", {said}" : "")}{where}.{hint}";
        return new DiscordException(message, reply.Status, code, null) { MayRetry = mayRetry, OutcomeUnknown = unknown };
    }

    /// <summary>Why no answer came, in words that help an operator.</summary>
    private string Words(Exception cause) => cause switch
    {
        OperationCanceledException => $"no answer within {options.RequestTimeout.TotalSeconds:0} s",
        HttpRequestException { HttpRequestError: HttpRequestError.NameResolutionError } => $"the name {_base.Host} is not known",
        HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError } => $"no connection to {_base.Authority}",
        HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError } => $"no secure connection to {_base.Authority}",
        _ => $"the connection to {_base.Authority} was lost ({cause.GetType().Name})",
    };

    private DiscordException Unreadable(Route route, RestReply reply)
    {
        LogUnreadable(route.ToString(), (int)reply.Status);
        return new DiscordException($"{route} succeeded, but its answer is not JSON. Check that Discord:ApiBase is a Discord API.", reply.Status, 0, null) { OutcomeUnknown = true };
    }

    private static DiscordException TokenRefused(Route route) => new(
        $"{route} was refused: Discord does not accept the token. Make a new one (developer portal, page Bot, \"Reset Token\"), set MICROCHAT_Discord__Token and start again.",
        HttpStatusCode.Unauthorized, 0, null);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Route}: attempt {Attempt} got no answer ({Cause}); trying again.")]
    private partial void LogLost(string route, int attempt, string cause);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Route}: attempt {Attempt} got HTTP {Status}; trying again.")]
    private partial void LogServer(string route, int status, int attempt);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Route}: rate limited ({Scope}) for {Seconds} s.")]
    private partial void LogLimited(string route, string scope, double seconds);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Route}: HTTP {Status} with a body that is not JSON.")]
    private partial void LogUnreadable(string route, int status);
}
