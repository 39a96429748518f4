using System.Text.Json;
using MicroChat.Model.Tokenizers.Bpe;

namespace MicroChat.Model.Tokenizers.Json;

/// <summary>Reads a tokenizer.json, old or new shape.</summary>
internal static class TokenizerFile
{
    /// <summary>The components between added_tokens and model, in the file's order.</summary>
    public static readonly string[] SectionNames = ["normalizer", "pre_tokenizer", "post_processor", "decoder"];

    private const string FileName = "tokenizer.json";
    /// <summary>Ids and merges beyond this are taken for damage; the largest published vocabularies have 262,144 tokens.</summary>
    public const int LargestId = 1 << 21;

    private const long LargestFile = 64 << 20;                      // the largest published ones have about 35 MB
    private const int LongestAddedTokens = 1 << 20;                 // all of them together; unit: UTF-16 units

    public static Tokenizer Load(string fileOrFolder)
    {
        string path = Directory.Exists(fileOrFolder) ? Path.Combine(fileOrFolder, FileName) : fileOrFolder;
        if (!File.Exists(path))
        {
            throw new TokenizerException($"{path}: there is no such file. Name a tokenizer.json or the folder that holds one.");
        }
        long length = new FileInfo(path).Length;
        if (length > LargestFile)
        {
            throw new TokenizerException($"{path}: the file has {length} bytes; a tokenizer.json may have at most {LargestFile}. " +
                "This is no tokenizer of a language model; check the path.");
        }
        return Parse(path, File.ReadAllBytes(path));
    }

    /// <summary>Builds a tokenizer from the content of a file.</summary>
    /// <param name="file">Named in errors.</param>
    /// <param name="content">UTF-8.</param>
    public static Tokenizer Parse(string file, ReadOnlyMemory<byte> content)
    {
        if (content.Span.StartsWith("\uFEFF"u8)) content = content[3..];
        try
        {
            using JsonDocument document = JsonDocument.Parse(content, new JsonDocumentOptions { MaxDepth = 64 });
            return Build(new JsonField(file, "", document.RootElement));
        }
        catch (JsonException e)
        {
            throw new TokenizerException($"{file}: this is no JSON ({e.Message}) Fetch the file again.", e);
        }
    }

    /// <summary>A byte-level tokenizer in the shape that Hugging Face's library writes.</summary>
    public static Tokenizer ByteLevel(Dictionary<string, int> ids, IReadOnlyList<(string Left, string Right)> merges, BpeTrainerOptions options)
    {
        const string Letters = """{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true,"use_regex":false}""";
        string split = $$"""{"type":"Split","pattern":{"Regex":{{JsonSerializer.Serialize(options.Pattern)}}},"behavior":"Isolated","invert":false}""";
        var sections = new Dictionary<string, JsonElement>
        {
            ["pre_tokenizer"] = JsonElement.Parse($$"""{"type":"Sequence","pretokenizers":[{{split}},{{Letters}}]}"""),
            ["post_processor"] = JsonElement.Parse(Letters),
            ["decoder"] = JsonElement.Parse(Letters),
        };
        AddedToken[] special = [.. options.SpecialTokens.Select((text, id) => new AddedToken { Id = id, Content = text, Special = true })];
        return Assemble(options.Pattern, special, sections, new BpeModel(ids, merges, new BpeOptions()));
    }

    private static Tokenizer Build(JsonField root)
    {
        var sections = new Dictionary<string, JsonElement>();
        foreach (string name in SectionNames)
        {
            if (!root[name].IsNull) sections[name] = root[name].Element.Clone();
        }
        BpeModel model = ReadModel(root["model"]);
        return Assemble(root.File, ReadAddedTokens(root["added_tokens"], model), sections, model);
    }

    private static Tokenizer Assemble(string file, IReadOnlyList<AddedToken> added, IReadOnlyDictionary<string, JsonElement> sections, BpeModel model)
    {
        JsonField Section(string name) => new(file, name, sections.GetValueOrDefault(name));
        return new Tokenizer(new TokenizerParts
        {
            AddedTokens = added,
            Normalizer = NormalizerReader.Read(Section("normalizer")),
            PreTokenizer = PreTokenizerReader.Read(Section("pre_tokenizer")),
            PostProcessor = PostProcessorReader.Read(Section("post_processor")),
            Detokenizers = DetokenizerReader.Read(Section("decoder")),
            Model = model,
            Sections = sections,
        });
    }

    private static List<AddedToken> ReadAddedTokens(JsonField field, BpeModel model)
    {
        var tokens = new List<AddedToken>();
        if (field.IsNull) return tokens;
        var names = model.Ids.ToDictionary(i => i.Value, i => i.Key);
        int length = 0;
        foreach (JsonField item in field.Items())
        {
            string content = item["content"].AsText();
            int id = item["id"].AsInteger(0, LargestId);
            length += content.Length;
            if (length > LongestAddedTokens) throw item["content"].Wrong($"shorter; all added tokens together may have {LongestAddedTokens} characters");
            if (!model.Ids.ContainsKey(content) && !names.TryAdd(id, content) && names[id] != content)
            {
                throw item["id"].Wrong($"an id of its own, but \"{names[id]}\" has the same");
            }
            tokens.Add(new AddedToken
            {
                Id = model.Ids.GetValueOrDefault(content, id),
                Content = content,
                SingleWord = item["single_word"].AsFlag(false),
                StripLeft = item["lstrip"].AsFlag(false),
                StripRight = item["rstrip"].AsFlag(false),
                Special = item["special"].AsFlag(false),
                Normalized = item["normalized"].AsFlag(!item["special"].AsFlag(false)),
            });
        }
        return tokens;
    }

    private static BpeModel ReadModel(JsonField model)
    {
        if (model["type"].AsTextOrNull() is { } type and not "BPE")
        {
            throw new TokenizerException($"{model.File}: model.type is \"{type}\"; only \"BPE\" is supported. Use a model with a BPE tokenizer.");
        }
        var options = new BpeOptions
        {
            UnknownToken = model["unk_token"].AsTextOrNull(),
            FuseUnknown = model["fuse_unk"].AsFlag(false),
            ByteFallback = model["byte_fallback"].AsFlag(false),
            IgnoreMerges = model["ignore_merges"].AsFlag(false),
            ContinuingPrefix = model["continuing_subword_prefix"].AsTextOrNull() ?? "",
            EndOfWordSuffix = model["end_of_word_suffix"].AsTextOrNull() ?? "",
        };
        Dictionary<string, int> ids = ReadVocabulary(model["vocab"]);
        try
        {
            return new BpeModel(ids, ReadMerges(model["merges"]), options);
        }
        catch (TokenizerException e)
        {
            throw new TokenizerException($"{model.File}: {e.Message}", e);
        }
    }

    private static Dictionary<string, int> ReadVocabulary(JsonField vocab)
    {
        var ids = new Dictionary<string, int>();
        var tokens = new Dictionary<int, string>();
        foreach ((string token, JsonField value) in vocab.Members())
        {
            int id = value.AsInteger(0, LargestId);
            if (!ids.TryAdd(token, id)) throw value.Wrong("the only entry of this token, but the vocabulary names the token twice");
            if (!tokens.TryAdd(id, token)) throw value.Wrong($"an id of its own, but \"{tokens[id]}\" has the same");
        }
        return ids;
    }

    private static List<(string Left, string Right)> ReadMerges(JsonField field)
    {
        int count = field.Kind == JsonValueKind.Array ? field.Element.GetArrayLength() : 0;
        if (count > LargestId)
        {
            throw new TokenizerException($"{field.File}: {field.Path} has {count} entries; at most {LargestId} are accepted. Use another tokenizer.");
        }
        var merges = new List<(string, string)>(count);
        foreach (JsonField merge in field.Items()) merges.Add(ReadMerge(merge));
        return merges;
    }

    private static (string Left, string Right) ReadMerge(JsonField merge)
    {
        if (merge.Kind == JsonValueKind.Array && merge.Element.GetArrayLength() == 2)
        {
            JsonField[] pair = [.. merge.Items()];
            return (pair[0].AsText(), pair[1].AsText());
        }
        string text = merge.Kind == JsonValueKind.String ? merge.AsText() : "";
        int space = text.IndexOf(' ');
        if (space <= 0 || space == text.Length - 1 || text.AsSpan(space + 1).Contains(' '))
        {
            throw merge.Wrong("two tokens, as [\"a\", \"b\"] or \"a b\"");
        }
        return (text[..space], text[(space + 1)..]);
    }
}
