using System.Security.Cryptography;
using System.Text;
using MicroChat.Chat;

namespace MicroChat.Api;

/// <summary>The models that can be asked for: the one that is loaded, under its own name and as "microchat".</summary>
internal sealed class ServedModels(IReplyGenerator generator, TimeProvider time)
{
    /// <summary>Whatever model is loaded.</summary>
    public const string Alias = "microchat";

    private readonly long created = time.GetUtcNow().ToUnixTimeSeconds();

    /// <summary>All of them, the loaded one by name first.</summary>
    public IReadOnlyList<ModelEntry> All => [.. Names().Select(Entry)];

    /// <exception cref="ApiException">404: there is no such model.</exception>
    public ModelEntry Require(string name) => Names().Contains(name, StringComparer.Ordinal)
        ? Entry(name)
        : throw new ApiException(404, ApiException.InvalidRequest,
            $"There is no model \"{(name.Length <= 100 ? name : name[..100] + "…")}\" here; there is {string.Join(" and ", Names().Select(n => $"\"{n}\""))}.", "model", "model_not_found");

    /// <summary>Changes when replies to the same request may change.</summary>
    public static string Fingerprint(ModelCard model) =>
        "fp_" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{model.Name}\n{model.Version}\n{model.Parameters}")))[..10];

    private IEnumerable<string> Names() => ((string[])[generator.Info.Name, Alias]).Distinct();

    private ModelEntry Entry(string name) => new(name, "model", created, "microchat", generator.Info.ContextTokens);
}
