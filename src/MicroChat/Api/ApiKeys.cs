using System.Security.Cryptography;
using System.Text;
using MicroChat.Options;

namespace MicroChat.Api;

/// <summary>The keys that may use the API: those of the options and those of the key file, which is read again when it changes.</summary>
internal sealed class ApiKeys
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);

    private readonly Dictionary<string, string> configured = [];
    private readonly ApiKeyFile file;
    private readonly TimeProvider time;
    private readonly Lock gate = new();
    private IReadOnlyList<ApiKey> filed;
    private DateTime readStamp;
    private long lookedAt;

    /// <exception cref="CommandException">The key file cannot be read.</exception>
    public ApiKeys(AppOptions options, ProgramContext program)
    {
        foreach ((int index, string key) in options.Server.ApiKeys.Index())
        {
            configured[Hash(key)] = $"options-{index}";
        }
        file = ApiKeyFile.Of(options.Server, program.DataFolder);
        time = program.Time;
        readStamp = file.Stamp();
        filed = file.Read();
        lookedAt = time.GetTimestamp();
    }

    /// <summary>Whether no key is set at all.</summary>
    public bool IsEmpty => configured.Count == 0 && Filed().Count == 0;

    /// <summary>The name of the key; null: it is none of these.</summary>
    public string? Find(string key)
    {
        string hash = Hash(key);        // equal hashes, not equal keys, are looked for: timing tells nothing
        return configured.TryGetValue(hash, out string? name) ? name : Filed().FirstOrDefault(k => k.Sha256 == hash)?.Name;
    }

    /// <summary>What is kept of a key. Keys are long and random: a plain hash cannot be guessed back.</summary>
    public static string Hash(string key) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key)));

    private IReadOnlyList<ApiKey> Filed()
    {
        lock (gate)
        {
            if (time.GetElapsedTime(lookedAt) >= LookEvery)
            {
                lookedAt = time.GetTimestamp();
                DateTime stamp = file.Stamp();
                if (stamp != readStamp)
                {
                    (filed, readStamp) = (file.Read(), stamp);
                }
            }
            return filed;
        }
    }
}
