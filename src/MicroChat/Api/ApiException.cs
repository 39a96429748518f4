namespace MicroChat.Api;

/// <summary>A request that is answered with an error, in the form that clients of this API know.</summary>
internal sealed class ApiException(int status, string type, string message, string? param = null, string? code = null) : Exception(message)
{
    /// <summary>Status of the HTTP response.</summary>
    public int Status { get; } = status;

    /// <summary>Class of the error, for example "invalid_request_error".</summary>
    public string Type { get; } = type;

    /// <summary>The field that is wrong, as a path: "messages[2].role"; null: no single one.</summary>
    public string? Param { get; } = param;

    /// <summary>What programs tell errors apart by; null: the type says all.</summary>
    public string? Code { get; } = code;

    /// <summary>When to try again; null: trying again does not help.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>400: a field is wrong.</summary>
    public static ApiException Invalid(string? param, string message, string? code = null) => new(400, InvalidRequest, message, param, code);

    /// <summary>503: the host stops.</summary>
    public static ApiException Stopping() =>
        new(503, "server_error", "The server is stopping and takes no new requests. Try again in a moment.", null, "server_stopping")
        {
            RetryAfter = TimeSpan.FromSeconds(5),
        };

    public const string InvalidRequest = "invalid_request_error";
}
