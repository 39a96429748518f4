using System.Text;
using MicroChat.Model.Tokenizers;
using MicroChat.Model.Tokenizers.Json;

namespace MicroChat.Tests.Tokenizers;

/// <summary>A damaged or malicious tokenizer.json gives a clear error and nothing else.</summary>
public sealed class HostileTokenizerTests
{
    private const string Vocab = """ "vocab":{"a":0,"b":1,"ab":2} """;

    public static TheoryData<string, string> Damaged => new()
    {
        { "", "no JSON" },
        { "[]", "must be an object" },
        { "{}", "model is missing" },
        { "{\"model\":{}}", "model.vocab is missing" },
        { "{\"model\":{\"type\":\"WordLevel\"}}", "\"WordLevel\"" },
        { "{\"model\":{\"vocab\":{\"a\":-1},\"merges\":[]}}", "model.vocab[\"a\"] is -1" },
        { "{\"model\":{\"vocab\":{\"a\":99999999999},\"merges\":[]}}", "is 99999999999" },
        { "{\"model\":{\"vocab\":{\"a\":4000000},\"merges\":[]}}", "is 4000000" },
        { "{\"model\":{\"vocab\":{\"a\":\"0\"},\"merges\":[]}}", "a whole number" },
        { "{\"model\":{\"vocab\":{\"a\":0,\"b\":0},\"merges\":[]}}", "\"a\" has the same" },
        { "{\"model\":{\"vocab\":{\"a\":0,\"a\":1},\"merges\":[]}}", "names the token twice" },
        { "{\"model\":{" + Vocab + "}}", "model.merges is missing" },
        { "{\"model\":{" + Vocab + ",\"merges\":[[\"a\",\"c\"]]}}", "model.merges[0] needs the token \"c\"" },
        { "{\"model\":{" + Vocab + ",\"merges\":[[\"b\",\"a\"]]}}", "needs the token \"ba\"" },
        { "{\"model\":{" + Vocab + ",\"merges\":[[\"a\",\"b\",\"a\"]]}}", "must be two tokens" },
        { "{\"model\":{" + Vocab + ",\"merges\":[\"ab\"]}}", "model.merges[0] is \"ab\"" },
        { "{\"model\":{" + Vocab + ",\"merges\":[]},\"added_tokens\":[{\"id\":0,\"content\":\"x\"}]}", "\"a\" has the same" },
        { "{\"model\":{" + Vocab + ",\"merges\":[]},\"added_tokens\":[{\"id\":7}]}", "added_tokens[0].content is missing" },
        { "{\"model\":{" + Vocab + ",\"merges\":[]},\"normalizer\":{\"type\":\"Magic\"}}", "normalizer.type is \"Magic\"" },
        { "{\"model\":{" + Vocab + ",\"merges\":[]},\"decoder\":{\"type\":7}}", "decoder.type is 7" },
        { "{\"model\":{" + Vocab + ",\"merges\":[]},\"pre_tokenizer\":{\"type\":\"Split\",\"pattern\":{\"Regex\":\"(\"},\"behavior\":\"Isolated\"}}", "pre_tokenizer.pattern" },
        { "{\"model\":{" + Vocab + ",\"merges\":[]},\"pre_tokenizer\":{\"type\":\"Metaspace\",\"add_prefix_space\":false}}", "prepend_scheme" },
        { "{\"model\":{\"vocab\":{\"\\ud800\":0},\"merges\":[]}}", "surrogate" },
    };

    [Theory]
    [MemberData(nameof(Damaged))]
    public void A_damaged_file_is_refused_by_name_and_field(string json, string part)
    {
        var e = Assert.Throws<TokenizerException>(() => TokenizerFile.Parse("some/tokenizer.json", Encoding.UTF8.GetBytes(json)));
        Assert.Contains("some/tokenizer.json", e.Message);
        Assert.Contains(part, e.Message);
    }

    [Fact]
    public void Deep_json_is_refused()
    {
        string json = string.Concat(Enumerable.Repeat("{\"normalizer\":", 100_000));
        Assert.Throws<TokenizerException>(() => TokenizerFile.Parse("f", Encoding.UTF8.GetBytes(json)));
    }

    [Fact]
    public void A_missing_file_is_named()
    {
        var e = Assert.Throws<TokenizerException>(() => Tokenizer.Load(Path.Combine("no", "such", "folder")));
        Assert.Contains("folder", e.Message);
    }

    [Fact]
    public void A_normalizer_that_explodes_is_stopped()
    {
        string step = """{"type":"Replace","pattern":{"String":"a"},"content":"aaaaaaaaaa"}""";
        string steps = string.Join(',', Enumerable.Repeat(step, 30));
        string json = "{\"normalizer\":{\"type\":\"Sequence\",\"normalizers\":[" + steps + "]},\"model\":{" + Vocab + ",\"merges\":[]}}";
        Tokenizer tokenizer = TokenizerFile.Parse("f", Encoding.UTF8.GetBytes(json));
        Assert.Throws<TokenizerException>(() => tokenizer.Encode("a"));
    }

    [Fact]
    public void Merges_that_give_back_their_left_side_end()
    {
        const string Json = """
            {"model":{"continuing_subword_prefix":"#","vocab":{"a":0,"#":1,"#a":2},"merges":[["a","#"],["a","#a"],["#a","#a"]]}}
            """;
        var e = Assert.Throws<TokenizerException>(() => TokenizerFile.Parse("f", Encoding.UTF8.GetBytes(Json)));
        Assert.Contains("\"aa\"", e.Message);
        Tokenizer tokenizer = TokenizerFile.Parse("f", Encoding.UTF8.GetBytes(Json.Replace(",[\"a\",\"#a\"],[\"#a\",\"#a\"]", "")));
        Assert.Equal(5, tokenizer.Encode("aaaaa").Length);
    }

    [Fact]
    public void Random_damage_never_gives_another_exception()
    {
        byte[] whole = File.ReadAllBytes(SmallTokenizer.Saved());
        var random = new Random(20261121);
        int refused = 0;
        for (int round = 0; round < 400; round++)
        {
            byte[] content = [.. whole];
            for (int i = random.Next(1, 6); i > 0; i--) Damage(random, ref content);
            try
            {
                Tokenizer tokenizer = TokenizerFile.Parse("f", content);
                int[] ids = tokenizer.Encode("The quick <|end|> brown\n\n fox's 123 \U00010330 é", SpecialTokens.Parse);
                tokenizer.Decode(ids, skipSpecial: true);
            }
            catch (TokenizerException)
            {
                refused++;
            }
        }
        Assert.InRange(refused, 50, 399);
    }

    private static void Damage(Random random, ref byte[] content)
    {
        int at = random.Next(content.Length), length = random.Next(1, Math.Min(40, content.Length - at) + 1);
        switch (random.Next(5))
        {
            case 0:
                content[at] = (byte)random.Next(256);
                break;
            case 1:
                content = [.. content[..at], .. content[(at + length)..]];
                break;
            case 2:
                content = [.. content[..at], .. content.AsSpan(at, length), .. content[at..]];
                break;
            case 3:
                content[at] = (byte)"0123456789{}[]\":,-\\"[random.Next(19)];
                break;
            default:
                int from = random.Next(content.Length - length + 1);
                content.AsSpan(from, length).ToArray().CopyTo(content, at);
                break;
        }
    }
}
