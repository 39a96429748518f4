namespace MicroChat.Discord.Simulator.Failures;

/// <summary>What goes wrong with some of the next requests.</summary>
internal sealed class RestFault
{
    /// <summary>Part of a route's name, such as <c>POST /channels</c>; empty: every route.</summary>
    public required string Route { get; init; }

    /// <summary>Requests that it still hits; null: until it is taken away.</summary>
    public required int? Left { get; set; }

    /// <summary>A pause before the answer.</summary>
    public TimeSpan Delay { get; init; }

    /// <summary>The status answered in place of the route's; 0: the route answers.</summary>
    public int Status { get; init; }

    public int Code { get; init; }

    public string Message { get; init; } = "";

    /// <summary>For 429: whose limit.</summary>
    public RateLimitScope? Scope { get; init; }

    public TimeSpan RetryAfter { get; init; }

    /// <summary>Cut the connection in place of an answer.</summary>
    public bool Cuts { get; init; }

    /// <summary>With <see cref="Cuts"/>: only after the request took effect.</summary>
    public bool CutsAfterwards { get; init; }
}
