using System.Text.Json;
using MicroChat.Model.Decoding;

namespace MicroChat.Model.Checkpoints;

/// <summary>PEFT's adapter_config.json: which layers of a base get an adapter, and with which rank and scale.</summary>
internal static class AdapterConfig
{
    public const string FileName = "adapter_config.json";

    private const int MostRank = 1 << 16;
    private const double LargestAlpha = 1e9;

    /// <summary>Options that change the arithmetic in ways that are not built; each must be absent, null, false or empty.</summary>
    private static readonly string[] Unbuilt =
    [
        "use_dora", "use_qalora", "use_bdlora", "lora_bias", "layer_replication", "target_parameters", "trainable_token_indices",
        "alora_invocation_tokens", "arrow_config", "kasa_config", "velora_config", "monteclora_config", "megatron_config",
    ];

    /// <summary>Reads the config and finds its modules among the base's layers.</summary>
    /// <param name="folder">The adapter's folder.</param>
    /// <param name="config">The base's shape.</param>
    /// <param name="hasHead">Whether a scalar head, "score", is saved with the adapter.</param>
    /// <param name="replacesOutput">Whether a whole output matrix is saved with the adapter.</param>
    /// <exception cref="CheckpointException">The file is broken, asks for what is not built, or names a module that the base lacks.</exception>
    public static IReadOnlyList<LoraModule> Read(string folder, DecoderConfig config, out bool hasHead, out bool replacesOutput)
    {
        string path = Path.Combine(folder, FileName);
        using JsonDocument document = JsonFile.ReadObject(path);
        var fields = new JsonFields(path, "", document.RootElement);
        RequireBuilt(fields, document.RootElement);
        (hasHead, replacesOutput) = SavedModules(fields);
        var targets = new AdapterTargets(path, fields, document.RootElement);
        int rank = fields.Integer("r", 1, MostRank) ?? throw fields.Wrong("r", $"a whole number from 1 to {MostRank}", Remedy);
        double alpha = fields.Number("lora_alpha", 1e-9, LargestAlpha) ?? throw fields.Wrong("lora_alpha", "a number above 0", Remedy);
        bool stabilized = fields.Flag("use_rslora") ?? false;
        return [.. targets.Select([.. new ParameterLayout(config).AdaptableModules()])
            .Select(name => new LoraModule(
                name, targets.Pattern("rank_pattern", name) is { } r ? WholeRank(fields, r) : rank, targets.Pattern("alpha_pattern", name) ?? alpha, stabilized))];
    }

    /// <summary>Writes the config of an adapter so that PEFT and <see cref="Read"/> can read it.</summary>
    public static void Write(string folder, LoraAdapter adapter, string baseName, bool hasHead)
    {
        LoraModule usual = adapter.Modules[0];
        string[] every = [.. new ParameterLayout(adapter.Config).LinearModules()], chosen = [.. adapter.Modules.Select(m => m.Name)];
        string[] ends = [.. chosen.Select(AdapterTargets.End).Distinct()];
        bool byEnds = every.Count(name => ends.Contains(AdapterTargets.End(name))) == chosen.Length;
        var config = new SortedDictionary<string, object?>(StringComparer.Ordinal)
        {
            ["alpha_pattern"] = adapter.Modules.Where(m => m.Alpha != usual.Alpha).ToDictionary(m => AdapterTargets.Exactly(m.Name), m => m.Alpha),
            ["auto_mapping"] = null,
            ["base_model_name_or_path"] = baseName,
            ["bias"] = "none",
            ["fan_in_fan_out"] = false,
            ["inference_mode"] = true,
            ["init_lora_weights"] = true,
            ["layers_pattern"] = null,
            ["layers_to_transform"] = null,
            ["lora_alpha"] = usual.Alpha,
            ["lora_dropout"] = 0,
            ["modules_to_save"] = (adapter.ReplacesOutput, hasHead) switch
            {
                (true, true) => ["lm_head", "score"],
                (true, false) => ["lm_head"],
                (false, true) => ["score"],
                _ => (string[]?)null,
            },
            ["peft_type"] = "LORA",
            ["r"] = usual.Rank,
            ["rank_pattern"] = adapter.Modules.Where(m => m.Rank != usual.Rank).ToDictionary(m => AdapterTargets.Exactly(m.Name), m => m.Rank),
            ["revision"] = null,
            ["target_modules"] = byEnds ? ends : chosen,
            ["task_type"] = hasHead && !adapter.ReplacesOutput ? "SEQ_CLS" : "CAUSAL_LM",
            ["use_dora"] = false,
            ["use_rslora"] = usual.RankStabilized,
        };
        AtomicFile.WriteText(Path.Combine(folder, FileName), JsonSerializer.Serialize(config, Indented) + "\n");
    }

    internal const string Remedy = "Take the adapter_config.json that was saved with the adapter.";

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, NewLine = "\n", Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static void RequireBuilt(JsonFields fields, JsonElement root)
    {
        if (fields.Text("peft_type") != "LORA")
        {
            throw fields.Wrong("peft_type", "LORA; other kinds of adapters are not built", "Use a LoRA adapter, or merge this one into its base with PEFT.");
        }
        if (fields.Text("bias") is not (null or "none"))
        {
            throw fields.Wrong("bias", "none: trained biases would stay when the adapter is switched off, and off must be the base", "Train the adapter with bias none, or merge it with PEFT.");
        }
        foreach (string field in Unbuilt)
        {
            if (root.TryGetProperty(field, out JsonElement value) && !IsOff(value))
            {
                throw fields.Wrong(field, "off; that variant of LoRA is not built", "Use a plain LoRA adapter, or merge this one into its base with PEFT.");
            }
        }
    }

    private static bool IsOff(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null or JsonValueKind.False => true,
        JsonValueKind.Array => value.GetArrayLength() == 0,
        JsonValueKind.Object => value.GetPropertyCount() == 0,
        _ => false,
    };

    private static (bool Head, bool Output) SavedModules(JsonFields fields)
    {
        const string Head = "score", Output = "lm_head";
        string[] saved = [.. fields.Texts("modules_to_save")];
        bool classifies = fields.Text("task_type") == "SEQ_CLS";
        if (saved.Except(classifies ? [Head, "classifier"] : [Head, Output]).Any())
        {
            throw fields.Wrong("modules_to_save", "empty, or lm_head and score alone; other whole layers in an adapter are not built", "Train the adapter without modules_to_save, or merge it with PEFT.");
        }
        return (classifies || saved.Contains(Head), saved.Contains(Output));
    }

    private static int WholeRank(JsonFields fields, double rank) => rank >= 1 && rank <= MostRank && rank == Math.Floor(rank)
        ? (int)rank
        : throw fields.Wrong("rank_pattern", $"an object of whole numbers from 1 to {MostRank}", Remedy);
}
