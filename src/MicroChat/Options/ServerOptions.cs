using System.Net;

namespace MicroChat.Options;

/// <summary>Where the host listens, who may call it, and what a caller may cost. Section "Server".</summary>
internal sealed record ServerOptions
{
    /// <summary>IP address to listen on. 127.0.0.1 and ::1 are reachable from this machine only; anything else needs <see cref="OperatorKey"/>.</summary>
    public string Address { get; init; } = "127.0.0.1";

    /// <summary>TCP port; 0: any free one.</summary>
    [Limits(0, 65_535)]
    public int Port { get; init; } = 8484;

    /// <summary>Opens the operator's pages. At least 16 characters; empty: they are open on loopback, and nowhere else.</summary>
    [Secret]
    public string OperatorKey { get; init; } = "";

    /// <summary>Keys that may use /v1, beside those of <see cref="ApiKeysFile"/>. None at all: only callers on this machine may.</summary>
    [Secret]
    public IReadOnlyList<string> ApiKeys { get; init; } = [];

    /// <summary>File of hashed API keys, as `microchat key add` writes it. Empty: api-keys.json in the data folder.</summary>
    public string ApiKeysFile { get; init; } = "";

    /// <summary>Host names by which browsers may reach the host, beside localhost and the address itself.</summary>
    public IReadOnlyList<string> AllowedHosts { get; init; } = [];

    /// <summary>Longest request body. Unit: bytes.</summary>
    [Limits(1_024, 64 << 20)]
    public int MaxBodyBytes { get; init; } = 1 << 20;

    /// <summary>Most connections at a time.</summary>
    [Limits(1, 100_000)]
    public int MaxConnections { get; init; } = 1_000;

    /// <summary>Slowest body that is still waited for. Unit: bytes per second.</summary>
    [Limits(1, 1 << 20)]
    public int MinBodyBytesPerSecond { get; init; } = 240;

    /// <summary>Longest wait for a request's headers. Unit: seconds.</summary>
    [Limits(1, 600)]
    public int HeaderTimeoutSeconds { get; init; } = 15;

    /// <summary>How long running replies may go on after a request to stop. Unit: seconds.</summary>
    [Limits(0, 3_600)]
    public int DrainSeconds { get; init; } = 20;

    /// <summary>Whether <see cref="Address"/> can be reached from this machine only.</summary>
    public bool IsLoopback => IPAddress.TryParse(Address, out IPAddress? address) && IPAddress.IsLoopback(address);
}
