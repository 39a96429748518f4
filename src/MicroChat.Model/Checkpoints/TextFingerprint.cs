using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using MicroChat.Model.Templates;
using MicroChat.Model.Tokenizers;

namespace MicroChat.Model.Checkpoints;

/// <summary>
/// Which tokenizer and chat template a checkpoint was made with, as hashes beside its weights. Adapters and heads learned what token ids
/// mean and where turns end; with other text around them they compute without any error, and nonsense.
/// </summary>
/// <param name="Tokenizer">SHA-256 of the tokenizer, lower-case hex.</param>
/// <param name="Template">SHA-256 of the template's source, lower-case hex.</param>
public sealed record TextFingerprint(string Tokenizer, string Template)
{
    /// <summary>Name of the file in a checkpoint's folder.</summary>
    public const string FileName = "text_sha256.json";

    private const string TokenizerField = "tokenizer", TemplateField = "chat_template";

    /// <summary>The fingerprint of a tokenizer and a template.</summary>
    public static TextFingerprint Of(Tokenizer tokenizer, ChatTemplate template) =>
        new(tokenizer.Sha256, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(template.Source))));

    /// <summary>The fingerprint in a checkpoint's folder; null where there is none, as in folders made elsewhere.</summary>
    /// <exception cref="CheckpointException">The file is broken.</exception>
    public static TextFingerprint? Read(string folder)
    {
        string path = Path.Combine(folder, FileName);
        if (!File.Exists(path))
        {
            return null;
        }
        using JsonDocument document = JsonFile.ReadObject(path);
        var fields = new JsonFields(path, "", document.RootElement);
        return new TextFingerprint(Hash(fields, TokenizerField), Hash(fields, TemplateField));
    }

    /// <summary>Writes the file into a checkpoint's folder.</summary>
    /// <exception cref="CheckpointException">The file system refused.</exception>
    public void Write(string folder) => AtomicFile.WriteText(
        Path.Combine(folder, FileName), $"{{\n  \"{TokenizerField}\": \"{Tokenizer}\",\n  \"{TemplateField}\": \"{Template}\"\n}}\n");

    /// <summary>Compares with the fingerprint in a checkpoint's folder.</summary>
    /// <returns>Whether the folder has one; false means that nothing could be compared.</returns>
    /// <exception cref="CheckpointException">The folder's is another.</exception>
    public bool Verify(string folder)
    {
        if (Read(folder) is not { } found)
        {
            return false;
        }
        RequireSame(folder, "tokenizer", found.Tokenizer, Tokenizer, "tokenizer.json");
        RequireSame(folder, "chat template", found.Template, Template, "chat template");
        return true;
    }

    private static void RequireSame(string folder, string what, string found, string wanted, string file)
    {
        if (found != wanted)
        {
            throw new CheckpointException(
                $"{folder}: the checkpoint was made with the {what} of SHA-256 {Untrusted.Quote(found)}; the one in use has {wanted}. " +
                $"Use the base whose {file} it was trained with, or train it again for this one.");
        }
    }

    private static string Hash(JsonFields fields, string field)
    {
        string? hash = fields.Text(field);
        return hash is { Length: 64 } && hash.All(char.IsAsciiHexDigitLower) ? hash
            : throw fields.Wrong(field, "a SHA-256 in lower-case hex", $"Restore the file {FileName} of the checkpoint.");
    }
}
