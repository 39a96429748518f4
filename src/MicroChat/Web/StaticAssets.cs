using System.Collections.Frozen;
using System.Reflection;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace MicroChat.Web;

/// <summary>The page's files, embedded in the program; browsers revalidate them by their hash.</summary>
internal static class StaticAssets
{
    private const string Prefix = "MicroChat.Web.Assets.";

    private static readonly FrozenDictionary<string, Asset> Files = Load();

    /// <summary>Sends a file; 304 where the browser has it already.</summary>
    /// <exception cref="PageException">There is no such file.</exception>
    public static async Task SendAsync(HttpContext context, string name)
    {
        if (!Files.TryGetValue(name, out Asset? asset))
        {
            throw new PageException(StatusCodes.Status404NotFound, "not_found", $"There is no page {context.Request.Path}; start at /.");
        }
        HttpResponse response = context.Response;
        response.Headers.ETag = asset.ETag;
        response.Headers.CacheControl = "no-cache";
        if (EntityTagHeaderValue.TryParseList(context.Request.Headers.IfNoneMatch, out IList<EntityTagHeaderValue>? known)
            && known.Any(tag => tag.Compare(new EntityTagHeaderValue(asset.ETag), useStrongComparison: false)))
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }
        response.ContentType = asset.ContentType;
        response.ContentLength = asset.Content.Length;
        if (!HttpMethods.IsHead(context.Request.Method))
        {
            await response.Body.WriteAsync(asset.Content, context.RequestAborted);
        }
    }

    private static FrozenDictionary<string, Asset> Load()
    {
        Assembly assembly = typeof(StaticAssets).Assembly;
        return assembly.GetManifestResourceNames().Where(name => name.StartsWith(Prefix, StringComparison.Ordinal))
            .ToFrozenDictionary(name => name[Prefix.Length..], name => Read(assembly, name), StringComparer.Ordinal);
    }

    private static Asset Read(Assembly assembly, string name)
    {
        using Stream stream = assembly.GetManifestResourceStream(name)!;
        byte[] content = new byte[stream.Length];
        stream.ReadExactly(content);
        string hash = Convert.ToHexStringLower(SHA256.HashData(content).AsSpan(0, 16));
        return new Asset(content, ContentType(Path.GetExtension(name)), $"\"{hash}\"");
    }

    private static string ContentType(string extension) => extension switch
    {
        ".html" => "text/html; charset=utf-8",
        ".css" => "text/css; charset=utf-8",
        ".js" => "text/javascript; charset=utf-8",
        ".svg" => "image/svg+xml",
        _ => throw new InvalidOperationException($"The page has a file of type {extension}; give it a content type here."),
    };

    private sealed record Asset(byte[] Content, string ContentType, string ETag);
}
