using System.Text.Json;
using MicroChat.Model.Tokenizers;

namespace MicroChat.Tests.Tokenizers;

/// <summary>Ids, offsets, texts and streams equal those of the reference library.</summary>
[Trait("Category", Golden.Category)]
public sealed class TokenizerGoldenTests
{
    public static IEnumerable<TheoryDataRow<string>> Folders => TokenizerGolden.Folders();

    [Theory]
    [MemberData(nameof(Folders))]
    public void Encode_gives_the_reference_ids(string folder) => Compare(folder, "cases.jsonl", (tokenizer, line, report) =>
    {
        string text = line.GetProperty("text").GetString()!;
        int[] ids = TokenizerGolden.Ints(line.GetProperty("ids"));
        report(Boxed(ids), Boxed(tokenizer.Encode(text, SpecialTokens.Parse)));
        int[] asText = line.TryGetProperty("ids_special_as_text", out JsonElement other) ? TokenizerGolden.Ints(other) : ids;
        report(Boxed(asText), Boxed(tokenizer.Encode(text)));
        if (!line.TryGetProperty("ids_with_special", out JsonElement around)) return;
        report(Boxed(TokenizerGolden.Ints(around)), Boxed([.. tokenizer.TemplatePrefix, .. tokenizer.Encode(text, SpecialTokens.Parse), .. tokenizer.TemplateSuffix]));
    });

    [Theory]
    [MemberData(nameof(Folders))]
    public void EncodeWithOffsets_gives_the_reference_tokens_and_code_point_offsets(string folder) => Compare(folder, "cases.jsonl", (tokenizer, line, report) =>
    {
        EncodedText encoded = tokenizer.EncodeWithOffsets(line.GetProperty("text").GetString()!, SpecialTokens.Parse);
        report(Boxed(TokenizerGolden.Ints(line.GetProperty("ids"))), Boxed(encoded.Ids));
        if (!line.TryGetProperty("offsets", out JsonElement offsets)) return;
        report(TokenizerGolden.Texts(line.GetProperty("tokens"))!, encoded.Tokens);
        report(offsets.EnumerateArray().Select(o => $"{o[0]}-{o[1]}").ToArray(), encoded.Offsets.Select(o => $"{o.Start}-{o.End}").ToArray());
    });

    [Theory]
    [MemberData(nameof(Folders))]
    public void Decode_gives_the_reference_text(string folder)
    {
        Compare(folder, "cases.jsonl", CompareDecoded);
        Compare(folder, "decode.jsonl", CompareDecoded);
    }

    [Theory]
    [MemberData(nameof(Folders))]
    public void A_stream_gives_out_what_the_reference_stream_does(string folder) => Compare(folder, "decode.jsonl", (tokenizer, line, report) =>
    {
        int[] ids = TokenizerGolden.Ints(line.GetProperty("ids"));
        string decoded = line.GetProperty("decoded").GetString()!;
        string?[] skipped = Sound(line.GetProperty("stream"), decoded);
        report(skipped, Stream(tokenizer, ids.Take(skipped.Length), skipSpecial: true));
        string?[] kept = line.TryGetProperty("stream_keep", out JsonElement keep) ? Sound(keep, line.TryGetProperty("decoded_keep", out JsonElement all) ? all.GetString()! : decoded) : skipped;
        report(kept, Stream(tokenizer, ids.Take(kept.Length), skipSpecial: false));
    });

    [Theory]
    [MemberData(nameof(Folders))]
    public void A_saved_tokenizer_encodes_as_before(string folder)
    {
        Tokenizer before = Tokenizer.Load(TokenizerGolden.Folder(folder));
        string path = Path.Combine(Directory.CreateTempSubdirectory("microchat-").FullName, "tokenizer.json");
        try
        {
            before.Save(path);
            Tokenizer after = Tokenizer.Load(path);
            Assert.Equal(before.Sha256, after.Sha256);
            foreach (JsonElement line in TokenizerGolden.Lines(Path.Combine(TokenizerGolden.Folder(folder), "cases.jsonl")).Take(60))
            {
                string text = line.GetProperty("text").GetString()!;
                Assert.Equal(before.Encode(text, SpecialTokens.Parse), after.Encode(text, SpecialTokens.Parse));
            }
        }
        finally
        {
            Directory.Delete(Path.GetDirectoryName(path)!, recursive: true);
        }
    }

    private static void CompareDecoded(Tokenizer tokenizer, JsonElement line, Action<IEnumerable<object?>, IEnumerable<object?>> report)
    {
        int[] ids = TokenizerGolden.Ints(line.GetProperty("ids"));
        if (line.TryGetProperty("text", out _)) ids = [.. tokenizer.TemplatePrefix, .. ids, .. tokenizer.TemplateSuffix];
        if (line.TryGetProperty("decoded_equals_text", out _))
        {
            report([line.GetProperty("text").GetString()], [tokenizer.Decode(ids, skipSpecial: true)]);
            return;
        }
        string decoded = line.GetProperty("decoded").GetString()!;
        report([decoded], [tokenizer.Decode(ids, skipSpecial: true)]);
        if (line.TryGetProperty("decoded_keep", out JsonElement kept)) report([kept.GetString()], [tokenizer.Decode(ids, skipSpecial: false)]);
    }

    /// <summary>
    /// The part of a reference stream that agrees with the reference's own decoding. It stops where a run of bytes turns out to be
    /// invalid after a part of it was given out: the reference then refuses or repeats itself; ours goes on.
    /// </summary>
    private static string?[] Sound(JsonElement stream, string decoded)
    {
        var sound = new List<string?>();
        int length = 0;
        foreach (JsonElement step in stream.EnumerateArray())
        {
            if (step.ValueKind == JsonValueKind.Object) break;
            string text = step.GetString() ?? "";
            if (!decoded.AsSpan(length).StartsWith(text)) break;
            length += text.Length;
            sound.Add(step.GetString());
        }
        return [.. sound];
    }

    private static string?[] Stream(Tokenizer tokenizer, IEnumerable<int> ids, bool skipSpecial)
    {
        DecodeStream stream = tokenizer.NewStream(skipSpecial);
        return [.. ids.Select(stream.Step)];
    }

    private static void Compare(string folder, string file, Action<Tokenizer, JsonElement, Action<IEnumerable<object?>, IEnumerable<object?>>> check)
    {
        string path = TokenizerGolden.Folder(folder);
        Tokenizer tokenizer = Tokenizer.Load(path);
        var differences = new List<string>();
        foreach (JsonElement line in TokenizerGolden.Lines(Path.Combine(path, file)))
        {
            check(tokenizer, line, (wanted, found) =>
            {
                if (!wanted.SequenceEqual(found)) differences.Add($"{line.GetProperty("id")}: wanted {Show(wanted)}\n    found {Show(found)}");
            });
        }
        TokenizerGolden.AssertNone(differences);
    }

    private static IEnumerable<object?> Boxed(IEnumerable<int> values) => values.Cast<object?>();

    private static string Show(IEnumerable<object?> values) => JsonSerializer.Serialize(values.Take(40));
}
