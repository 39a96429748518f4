using System.Buffers;
using System.Security.Cryptography;
using System.Text.Encodings.Web;
using System.Text.Json;
using MicroChat.Model.Tokenizers.Bpe;

namespace MicroChat.Model.Tokenizers.Json;

/// <summary>Writes a tokenizer.json in today's shape.</summary>
internal static class TokenizerWriter
{
    /// <summary>Writes through a temporary file beside the target, so that a reader sees the old file or the new one.</summary>
    public static void Save(TokenizerParts parts, string path)
    {
        string folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        Directory.CreateDirectory(folder);
        string temporary = Path.Combine(folder, $".{Path.GetFileName(path)}.{Environment.ProcessId}.tmp");
        try
        {
            using (FileStream file = new(temporary, FileMode.Create, FileAccess.Write))
            {
                file.Write(Serialize(parts, indented: true));
                file.Flush(flushToDisk: true);
            }
            File.Move(temporary, path, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    /// <summary>Hash of the compact form, with the vocabulary in order of ids.</summary>
    public static string Sha256(TokenizerParts parts) => Convert.ToHexStringLower(SHA256.HashData(Serialize(parts, indented: false)));

    private static ReadOnlySpan<byte> Serialize(TokenizerParts parts, bool indented)
    {
        var buffer = new ArrayBufferWriter<byte>();
        var options = new JsonWriterOptions { Indented = indented, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
        using (var json = new Utf8JsonWriter(buffer, options))
        {
            json.WriteStartObject();
            json.WriteString("version", "1.0");
            json.WriteNull("truncation");
            json.WriteNull("padding");
            WriteAddedTokens(json, parts.AddedTokens);
            foreach (string name in TokenizerFile.SectionNames) WriteSection(json, name, parts.Sections);
            WriteModel(json, parts.Model);
            json.WriteEndObject();
        }
        return buffer.WrittenSpan;
    }

    private static void WriteAddedTokens(Utf8JsonWriter json, IReadOnlyList<AddedToken> tokens)
    {
        json.WriteStartArray("added_tokens");
        foreach (AddedToken token in tokens)
        {
            json.WriteStartObject();
            json.WriteNumber("id", token.Id);
            json.WriteString("content", token.Content);
            json.WriteBoolean("single_word", token.SingleWord);
            json.WriteBoolean("lstrip", token.StripLeft);
            json.WriteBoolean("rstrip", token.StripRight);
            json.WriteBoolean("normalized", token.Normalized);
            json.WriteBoolean("special", token.Special);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private static void WriteSection(Utf8JsonWriter json, string name, IReadOnlyDictionary<string, JsonElement> sections)
    {
        json.WritePropertyName(name);
        if (sections.TryGetValue(name, out JsonElement section)) section.WriteTo(json);
        else json.WriteNullValue();
    }

    private static void WriteModel(Utf8JsonWriter json, BpeModel model)
    {
        BpeOptions options = model.Options;
        json.WriteStartObject("model");
        json.WriteString("type", "BPE");
        json.WriteNull("dropout");
        WriteText(json, "unk_token", options.UnknownToken);
        WriteText(json, "continuing_subword_prefix", options.ContinuingPrefix.Length == 0 ? null : options.ContinuingPrefix);
        WriteText(json, "end_of_word_suffix", options.EndOfWordSuffix.Length == 0 ? null : options.EndOfWordSuffix);
        json.WriteBoolean("fuse_unk", options.FuseUnknown);
        json.WriteBoolean("byte_fallback", options.ByteFallback);
        json.WriteBoolean("ignore_merges", options.IgnoreMerges);
        json.WriteStartObject("vocab");
        foreach ((string token, int id) in model.Ids.OrderBy(i => i.Value)) json.WriteNumber(token, id);
        json.WriteEndObject();
        json.WriteStartArray("merges");
        foreach ((string left, string right) in model.Merges)
        {
            json.WriteStartArray();
            json.WriteStringValue(left);
            json.WriteStringValue(right);
            json.WriteEndArray();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteText(Utf8JsonWriter json, string name, string? value)
    {
        if (value is null) json.WriteNull(name);
        else json.WriteString(name, value);
    }
}
