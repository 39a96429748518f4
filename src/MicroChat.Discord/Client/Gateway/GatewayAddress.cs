namespace MicroChat.Discord.Client.Gateway;

/// <summary>Addresses of gateways.</summary>
internal static class GatewayAddress
{
    /// <summary>The address with version, encoding and compression; those of the server's own query are replaced.</summary>
    public static Uri With(Uri address, bool compress)
    {
        string path = address.AbsolutePath.Length > 0 ? address.AbsolutePath : "/";
        return new UriBuilder(address) { Path = path, Query = $"v=10&encoding=json{(compress ? "&compress=zlib-stream" : "")}" }.Uri;
    }

    /// <summary>The address to resume at. The token goes there, so it must be as well encrypted as the one that was set; otherwise that one is used.</summary>
    /// <param name="told">What READY says.</param>
    /// <param name="first">Where the session began.</param>
    public static Uri ForResume(string? told, Uri first) =>
        Uri.TryCreate(told, UriKind.Absolute, out Uri? address) && (address.Scheme == Uri.UriSchemeWss || (address.Scheme == Uri.UriSchemeWs && first.Scheme == Uri.UriSchemeWs))
            ? address
            : first;
}
