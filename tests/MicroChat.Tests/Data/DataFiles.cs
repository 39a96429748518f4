using System.IO.Compression;
using System.Text;

namespace MicroChat.Tests.Data;

/// <summary>A folder that lives as long as a test, and files in it.</summary>
internal sealed class DataFiles : IDisposable
{
    public DataFiles() => Directory.CreateDirectory(Folder);

    public string Folder { get; } = Path.Combine(Path.GetTempPath(), $"microchat-data-{Guid.NewGuid():N}");

    public string Write(string name, string text) => Write(name, Encoding.UTF8.GetBytes(text));

    public string Write(string name, byte[] bytes)
    {
        string path = Path.Combine(Folder, name);
        File.WriteAllBytes(path, bytes);
        return path;
    }

    public static byte[] Gzip(string text)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest))
        {
            gzip.Write(Encoding.UTF8.GetBytes(text));
        }
        return packed.ToArray();
    }

    /// <summary>A file of the full data sets; the test is skipped where they are not at hand.</summary>
    public static string Shared(string relativePath)
    {
        string? root = Environment.GetEnvironmentVariable("MICROCHAT_DATA");
        if (string.IsNullOrEmpty(root))
        {
            Assert.Skip("MICROCHAT_DATA names no folder of the full data sets.");
        }
        string path = Path.Combine(root, relativePath);
        if (!File.Exists(path))
        {
            Assert.Skip($"{relativePath} is not in the folder that MICROCHAT_DATA names.");
        }
        return path;
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}
