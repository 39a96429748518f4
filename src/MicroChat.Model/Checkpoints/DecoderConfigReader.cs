using System.Text.Json;
using MicroChat.Model.Decoding;

namespace MicroChat.Model.Checkpoints;

/// <summary>Reads config.json (keys of transformers 4 or 5) and the end tokens of generation_config.json into a <see cref="DecoderConfig"/>.</summary>
public static class DecoderConfigReader
{
    /// <summary>Name of the file with the sampling that a model asks for.</summary>
    public const string GenerationName = "generation_config.json";

    internal const string ConfigName = "config.json";
    private const int MostTokens = 1 << 24, MostChannels = 1 << 20, MostLayers = 10_000, MostHeads = 1 << 16;
    private static readonly string[] Families = ["llama"];

    /// <summary>Reads and checks the config of a checkpoint.</summary>
    /// <param name="path">The checkpoint's folder or its config.json; generation_config.json is looked for beside it.</param>
    /// <exception cref="CheckpointException">The file is missing or broken, a value does not fit, or the family is not built yet.</exception>
    public static DecoderConfig Read(string path)
    {
        string file = Directory.Exists(path) ? Path.Combine(path, ConfigName) : path;
        using JsonDocument document = JsonFile.ReadObject(file);
        var fields = new JsonFields(file, "", document.RootElement);
        RequireFamily(file, fields);
        DecoderConfig config = ReadLlama(fields);
        return config with { EndTokenIds = MergeEndTokens(Path.GetDirectoryName(Path.GetFullPath(file))!, config) };
    }

    private static void RequireFamily(string file, JsonFields fields)
    {
        string? type = fields.Text("model_type") ?? (fields.Texts("architectures").Contains("LlamaForCausalLM") ? "llama" : null);
        if (!Families.Contains(type, StringComparer.Ordinal))
        {
            throw new CheckpointException(
                $"{file}: model_type is {(type is null ? "missing" : Untrusted.Quote(type))}; that family is not built yet. Built: {string.Join(", ", Families)}. Use a model of a built family.");
        }
    }

    private static DecoderConfig ReadLlama(JsonFields fields)
    {
        int width = fields.RequiredInteger("hidden_size", 1, MostChannels), heads = fields.RequiredInteger("num_attention_heads", 1, MostHeads);
        int headSize = HeadSize(fields, width, heads), context = fields.Integer("max_position_embeddings", 1, int.MaxValue) ?? 2048;
        int vocabulary = fields.RequiredInteger("vocab_size", 1, MostTokens);
        if (fields.Text("hidden_act") is not (null or "silu" or "swish"))
        {
            throw fields.Wrong("hidden_act", "silu; other activations are not built yet for this family", "Use another model.");
        }
        return new DecoderConfig
        {
            ModelType = "llama",
            VocabularySize = vocabulary,
            Width = width,
            Layers = fields.RequiredInteger("num_hidden_layers", 1, MostLayers),
            Heads = heads,
            KeyValueHeads = KeyValueHeads(fields, heads),
            HeadSize = headSize,
            FeedForward = fields.RequiredInteger("intermediate_size", 1, MostChannels),
            ContextTokens = context,
            NormEpsilon = (float)(fields.Number("rms_norm_eps", 0, 1) ?? 1e-6),
            RopeTheta = RopeFields.Theta(fields),
            RopeScaling = RopeFields.Scaling(fields, context, headSize),
            TieEmbeddings = fields.Flag("tie_word_embeddings") ?? false,
            AttentionBias = fields.Flag("attention_bias") ?? false,
            FeedForwardBias = fields.Flag("mlp_bias") ?? false,
            BeginTokenId = Token(fields, "bos_token_id", vocabulary, whereMissing: 1),
            EndTokenIds = EndTokens(fields, vocabulary, whereMissing: 2),
            PadTokenId = fields.Integer("pad_token_id", int.MinValue, int.MaxValue) is { } pad && pad >= 0 && pad < vocabulary ? pad : null,
            InitializerRange = (float)(fields.Number("initializer_range", 0, 1000) ?? 0.02),
        };
    }

    private static int HeadSize(JsonFields fields, int width, int heads)
    {
        int? given = fields.Integer("head_dim", 1, MostChannels);
        if (given is null && width % heads != 0)
        {
            throw fields.Wrong("hidden_size", $"a multiple of num_attention_heads = {heads}, because head_dim is not given");
        }
        int size = given ?? width / heads;
        return size % 2 == 0 ? size : throw fields.Wrong(given is null ? "hidden_size" : "head_dim", $"such that a head has an even size (it has {size}): rotary positions turn channels in pairs");
    }

    private static int KeyValueHeads(JsonFields fields, int heads)
    {
        int shared = fields.Integer("num_key_value_heads", 1, MostHeads) ?? heads;
        return heads % shared == 0 ? shared : throw fields.Wrong("num_key_value_heads", $"a divisor of num_attention_heads = {heads}");
    }

    /// <summary>A special token; -1, as some old files have it, means none.</summary>
    private static int? Token(JsonFields fields, string field, int vocabulary, int whereMissing) =>
        !fields.Mentions(field) ? Within(whereMissing, vocabulary) : fields.Integer(field, -1, vocabulary - 1) is { } id && id >= 0 ? id : null;

    private static int? Within(int id, int vocabulary) => id < vocabulary ? id : null;

    private static IReadOnlyList<int> EndTokens(JsonFields fields, int vocabulary, int whereMissing) =>
        fields.Mentions("eos_token_id") ? [.. fields.Integers("eos_token_id", -1, vocabulary - 1).Where(id => id >= 0)]
        : Within(whereMissing, vocabulary) is { } id ? [id] : [];

    private static IReadOnlyList<int> MergeEndTokens(string folder, DecoderConfig config)
    {
        string file = Path.Combine(folder, GenerationName);
        if (!File.Exists(file))
        {
            return config.EndTokenIds;
        }
        using JsonDocument document = JsonFile.ReadObject(file);
        IReadOnlyList<int> more = new JsonFields(file, "", document.RootElement).Integers("eos_token_id", -1, config.VocabularySize - 1);
        return [.. more.Where(id => id >= 0).Union(config.EndTokenIds)];
    }
}
