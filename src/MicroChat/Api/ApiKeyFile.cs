using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using MicroChat.Model.Checkpoints;
using MicroChat.Options;

namespace MicroChat.Api;

/// <summary>One key as it is kept: its hash, never itself.</summary>
internal sealed record ApiKey(string Name, string Sha256, DateTimeOffset Created);

/// <summary>The file of hashed keys that the verb <c>key</c> writes and the host reads.</summary>
internal sealed partial class ApiKeyFile(string path)
{
    private const string DefaultName = "api-keys.json";
    private const string KeyPrefix = "mc-";
    private const int KeyBytes = 24;
    private const long LongestFile = 4 << 20;

    /// <summary>Where it lies.</summary>
    public string Path { get; } = path;

    /// <summary>The file that the options name, or the one in the data folder.</summary>
    public static ApiKeyFile Of(ServerOptions options, string dataFolder) =>
        new(options.ApiKeysFile.Length > 0 ? options.ApiKeysFile : global::System.IO.Path.Combine(dataFolder, DefaultName));

    /// <summary>When it was last written; the same value as long as it is missing.</summary>
    public DateTime Stamp() => File.GetLastWriteTimeUtc(Path);

    /// <summary>All keys, oldest first; none where there is no file.</summary>
    /// <exception cref="CommandException">It cannot be read.</exception>
    public IReadOnlyList<ApiKey> Read()
    {
        try
        {
            using FileStream file = File.OpenRead(Path);
            return file.Length > LongestFile
                ? throw new JsonException($"it is {file.Length} bytes long")
                : JsonSerializer.Deserialize(file, KeyJson.Default.ApiKeyArray) ?? [];
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return [];
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
        {
            throw CommandException.Failure($"{Path} cannot be read as a list of API keys ({e.Message.TrimEnd('.')}). Mend it, or remove it and make new keys with: microchat key add NAME");
        }
    }

    /// <summary>Draws a key, keeps its hash and hands out the key itself, which cannot be seen again.</summary>
    /// <exception cref="CommandException">The name is taken, or the file cannot be written.</exception>
    public string Add(string name, DateTimeOffset now)
    {
        IReadOnlyList<ApiKey> keys = Read();
        if (keys.Any(key => key.Name == name))
        {
            throw CommandException.Failure($"there is a key \"{name}\" already; remove it first, or choose another name.");
        }
        string drawn = KeyPrefix + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(KeyBytes));
        Write([.. keys, new ApiKey(name, ApiKeys.Hash(drawn), now)]);
        return drawn;
    }

    /// <summary>Removes a key; a running host takes note within a second or two.</summary>
    /// <exception cref="CommandException">There is none of this name, or the file cannot be written.</exception>
    public void Remove(string name)
    {
        IReadOnlyList<ApiKey> keys = Read();
        ApiKey[] left = [.. keys.Where(key => key.Name != name)];
        if (left.Length == keys.Count)
        {
            throw CommandException.Failure($"there is no key \"{name}\".{Suggestion.For(name, keys.Select(key => key.Name))}");
        }
        Write(left);
    }

    private void Write(ApiKey[] keys)
    {
        AtomicFile.Write(Path, stream =>
        {
            if (stream is FileStream file && !OperatingSystem.IsWindows())
            {
                File.SetUnixFileMode(file.SafeFileHandle, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            }
            JsonSerializer.Serialize(stream, keys, KeyJson.Default.ApiKeyArray);
        });
    }

    [JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, RespectRequiredConstructorParameters = true, RespectNullableAnnotations = true)]
    [JsonSerializable(typeof(ApiKey[]))]
    private sealed partial class KeyJson : JsonSerializerContext;
}
