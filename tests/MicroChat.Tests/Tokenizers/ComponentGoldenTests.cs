using System.Text.Json;
using MicroChat.Model.Tokenizers;
using MicroChat.Model.Tokenizers.Detokenizing;
using MicroChat.Model.Tokenizers.Json;
using MicroChat.Model.Tokenizers.Normalizing;
using MicroChat.Model.Tokenizers.Splitting;

namespace MicroChat.Tests.Tokenizers;

/// <summary>Single normalizers, pre-tokenizers and decoders do what the reference library's do.</summary>
[Trait("Category", Golden.Category)]
public sealed class ComponentGoldenTests
{
    private static readonly string[] NotBuilt = ["BertNormalizer", "UnicodeScripts", "Precompiled"];

    public static IEnumerable<TheoryDataRow<string, int>> Normalizers => Components("normalizers.jsonl");
    public static IEnumerable<TheoryDataRow<string, int>> PreTokenizers => Components("pre_tokenizers.jsonl");
    public static IEnumerable<TheoryDataRow<string, int>> Decoders => Components("decoders.jsonl");

    [Theory]
    [MemberData(nameof(Normalizers))]
    public void A_normalizer_rewrites_as_the_reference_does(string file, int line)
    {
        (JsonField component, JsonElement cases) = Read(file, line);
        INormalizer normalizer = NormalizerReader.Read(component)!;
        var differences = new List<string>();
        foreach (JsonElement pair in cases.EnumerateArray())
        {
            string text = pair[0].GetString()!, found = normalizer.Apply(AlignedText.Of(text, 0)).Text.ToString();
            Note(differences, pair[1].GetString()!, found);
            if (normalizer.LeavesUnchanged(text)) Note(differences, text, found);
        }
        TokenizerGolden.AssertNone(differences);
    }

    [Theory]
    [MemberData(nameof(PreTokenizers))]
    public void A_pre_tokenizer_cuts_where_the_reference_does(string file, int line)
    {
        (JsonField component, JsonElement cases) = Read(file, line);
        IPreTokenizer preTokenizer = PreTokenizerReader.Read(component)!;
        var differences = new List<string>();
        foreach (JsonElement one in cases.EnumerateArray())
        {
            string text = one.GetProperty("text").GetString()!;
            var pieces = new List<AlignedText>();
            if (text.Length > 0) preTokenizer.Cut(AlignedText.Of(text, 0), pieces);
            var offsets = OffsetRules.ToCodePoints(
                text, [.. pieces.Select(p => p.Origin(new TextRange(0, p.Length)))], pieces.Select(p => p.Text.ToString()), new PostProcessor());
            string wanted = string.Join(' ', one.GetProperty("pieces").EnumerateArray().Select(p => $"{p[0].GetString()}[{p[1]},{p[2]}]"));
            Note(differences, wanted, string.Join(' ', pieces.Zip(offsets, (p, o) => $"{p.Text}[{o.Start},{o.End}]")));
        }
        TokenizerGolden.AssertNone(differences);
    }

    [Theory]
    [MemberData(nameof(Decoders))]
    public void A_decoder_joins_as_the_reference_does(string file, int line)
    {
        (JsonField component, JsonElement cases) = Read(file, line);
        IReadOnlyList<IDetokenizer> chain = DetokenizerReader.Read(component)!;
        var differences = new List<string>();
        foreach (JsonElement one in cases.EnumerateArray())
        {
            List<string> tokens = [.. one.GetProperty("tokens").EnumerateArray().Select(t => t.GetString()!)];
            foreach (IDetokenizer step in chain)
            {
                DetokenizerRun run = step.Start(eager: false);
                var next = new List<string>();
                foreach (string token in tokens) run.Push(token, next);
                run.Finish(next);
                tokens = next;
            }
            Note(differences, one.GetProperty("text").GetString()!, string.Concat(tokens));
        }
        TokenizerGolden.AssertNone(differences);
    }

    private static void Note(List<string> differences, string wanted, string found)
    {
        if (wanted != found) differences.Add($"wanted {JsonSerializer.Serialize(wanted)}\n found {JsonSerializer.Serialize(found)}");
    }

    private static (JsonField Component, JsonElement Cases) Read(string file, int line)
    {
        JsonElement element = TokenizerGolden.Lines(TokenizerGolden.Folder(file)).ElementAt(line);
        return (new JsonField(file, "component", element.GetProperty("component")), element.GetProperty("cases"));
    }

    private static IEnumerable<TheoryDataRow<string, int>> Components(string file) =>
        Lines(file).DefaultIfEmpty(new TheoryDataRow<string, int>("", 0) { Skip = TokenizerGolden.NoCases });

    private static IEnumerable<TheoryDataRow<string, int>> Lines(string file)
    {
        foreach (string path in Golden.Files(Path.Combine("tokenizers", "normalizers", file)))
        {
            int line = 0;
            foreach (JsonElement element in TokenizerGolden.Lines(path))
            {
                string type = element.GetProperty("component").GetProperty("type").GetString()!;
                yield return new TheoryDataRow<string, int>(Golden.Name(path), line++) { Skip = NotBuilt.Contains(type) ? $"{type} is not built yet." : null };
            }
        }
    }
}
