using System.Text.Json;
using MicroChat.Kernels;
using MicroChat.Model.Checkpoints;
using MicroChat.Model.Decoding;
using MicroChat.Model.Tokenizers;

namespace MicroChat.Tests.Decoding;

/// <summary>A small model that was really trained: text in, text out.</summary>
[Trait("Category", Golden.Category)]
public sealed class StoriesGoldenTests
{
    public static IEnumerable<TheoryDataRow<string>> Folders() =>
        Golden.Roots.Select(root => Path.Combine(root, "stories260K")).Where(Directory.Exists).Select(folder => new TheoryDataRow<string>(folder));

    [Theory, MemberData(nameof(Folders))]
    public void It_continues_exactly_as_the_reference_did(string folder)
    {
        using var model = new Loaded(folder);
        using var decoder = new Decoder(model.Weights, model.Crew);
        JsonElement greedy = model.Expected.GetProperty("greedy");
        int[] wanted = Ids(greedy.GetProperty("next_ids")), start = Ids(greedy.GetProperty("start_ids"));
        Assert.Equal(wanted, DecoderGoldenTests.Greedy(decoder, start, wanted.Length));
        Assert.Equal(greedy.GetProperty("text").GetString(), model.Tokenizer.Decode([.. start, .. wanted], skipSpecial: true));
    }

    [Theory, MemberData(nameof(Folders))]
    public void It_scores_a_story_as_the_reference_did(string folder)
    {
        using var model = new Loaded(folder);
        using var decoder = new TrainableDecoder(model.Weights, model.Crew);
        using var expected = SafetensorsFile.Open(Path.Combine(folder, "expected.safetensors"));
        float[] wanted = new float[expected.Tensors["nll_per_token"].ElementCount];
        expected.ReadFloat32("nll_per_token", wanted);
        JsonElement story = model.Expected.GetProperty("story");
        int[] ids = Ids(story.GetProperty("ids"));
        int[] encoded = [.. model.Tokenizer.TemplatePrefix, .. model.Tokenizer.Encode(story.GetProperty("text").GetString()!)];
        Assert.Equal(ids, encoded);
        float[] found = [.. decoder.Score(TokenBatch.NextToken(ids, [0, ids.Length], default), null, entropy: false).LogProb[..^1].ToArray().Select(p => -p)];
        DecoderGoldenTests.AssertClose(wanted, found, 1e-4);
        Assert.Equal(story.GetProperty("mean_nll").GetDouble(), found.Average(), 1e-5);
    }

    [Theory, MemberData(nameof(Folders))]
    public void Its_tokenizer_encodes_and_decodes_as_the_reference_did(string folder)
    {
        using var model = new Loaded(folder);
        foreach (JsonElement golden in model.Expected.GetProperty("encode").EnumerateArray())
        {
            var ids = new List<int>(model.Tokenizer.TemplatePrefix);
            model.Tokenizer.Encode(golden.GetProperty("text").GetString(), SpecialTokens.Parse, ids);
            Assert.Equal(Ids(golden.GetProperty("ids")), ids);
            Assert.Equal(golden.GetProperty("decoded").GetString(), model.Tokenizer.Decode(ids.ToArray(), skipSpecial: true));
        }
    }

    private static int[] Ids(JsonElement array) => [.. array.EnumerateArray().Select(e => e.GetInt32())];

    private sealed class Loaded : IDisposable
    {
        public Loaded(string folder)
        {
            Weights = WeightFiles.Load(folder, DecoderConfigReader.Read(folder));
            Tokenizer = Tokenizer.Load(folder);
            Expected = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "expected.json"))).RootElement;
        }

        public ParameterBlock Weights { get; }

        public Tokenizer Tokenizer { get; }

        public JsonElement Expected { get; }

        public Crew Crew { get; } = new(2);

        public void Dispose()
        {
            Weights.Dispose();
            Crew.Dispose();
        }
    }
}
