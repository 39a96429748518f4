using System.Text.Json;
using MicroChat.Model.Decoding;

namespace MicroChat.Model.Checkpoints;

/// <summary>Writes config.json and generation_config.json so that transformers and <see cref="DecoderConfigReader"/> can read them.</summary>
public static class DecoderConfigWriter
{
    private const string Classifier = "LlamaForSequenceClassification";

    /// <summary>Writes both files, each atomically.</summary>
    /// <param name="config">A llama decoder.</param>
    /// <param name="folder">The checkpoint's folder; made where it is missing.</param>
    /// <exception cref="ArgumentException">Another family. Nothing was written.</exception>
    /// <exception cref="CheckpointException">The file system refused.</exception>
    public static void Write(DecoderConfig config, string folder) => Write(config, folder, "LlamaForCausalLM");

    /// <summary>Likewise for a decoder with a scalar head: a sequence classifier with one label.</summary>
    internal static void WriteClassifier(DecoderConfig config, string folder) => Write(config, folder, Classifier);

    private static void Write(DecoderConfig config, string folder, string architecture)
    {
        if (config.ModelType != "llama")
        {
            throw new ArgumentException($"config.ModelType is \"{config.ModelType}\"; it must be \"llama\", the only family that is written.");
        }
        AtomicFile.Write(Path.Combine(folder, DecoderConfigReader.ConfigName), stream => WriteObject(stream, json => WriteModel(json, config, architecture)));
        AtomicFile.Write(Path.Combine(folder, DecoderConfigReader.GenerationName), stream => WriteObject(stream, json => WriteTokens(json, config)));
    }

    private static void WriteObject(Stream stream, Action<Utf8JsonWriter> write)
    {
        using (var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true, NewLine = "\n" }))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }
        stream.Write("\n"u8);
    }

    private static void WriteModel(Utf8JsonWriter json, DecoderConfig config, string architecture)
    {
        json.WriteStartArray("architectures");
        json.WriteStringValue(architecture);
        json.WriteEndArray();
        WriteLabels(json, architecture);
        json.WriteString("model_type", config.ModelType);
        json.WriteBoolean("attention_bias", config.AttentionBias);
        json.WriteNumber("attention_dropout", 0.0);
        json.WriteNumber("head_dim", config.HeadSize);
        json.WriteString("hidden_act", "silu");
        json.WriteNumber("hidden_size", config.Width);
        json.WriteNumber("initializer_range", config.InitializerRange);
        json.WriteNumber("intermediate_size", config.FeedForward);
        json.WriteNumber("max_position_embeddings", config.ContextTokens);
        json.WriteBoolean("mlp_bias", config.FeedForwardBias);
        json.WriteNumber("num_attention_heads", config.Heads);
        json.WriteNumber("num_hidden_layers", config.Layers);
        json.WriteNumber("num_key_value_heads", config.KeyValueHeads);
        json.WriteNumber("rms_norm_eps", config.NormEpsilon);
        if (config.RopeScaling is { Kind: "longrope", OriginalContextTokens: { } original })
        {
            json.WriteNumber("original_max_position_embeddings", original);     // for this kind transformers looks here only
        }
        WriteScaling(json, config.RopeScaling);
        WriteNumber(json, "rope_theta", config.RopeTheta);
        json.WriteBoolean("tie_word_embeddings", config.TieEmbeddings);
        json.WriteNumber("vocab_size", config.VocabularySize);
        WriteTokens(json, config);
    }

    /// <summary>transformers counts the labels of a classifier; without the lists it assumes two.</summary>
    private static void WriteLabels(Utf8JsonWriter json, string architecture)
    {
        if (architecture == Classifier)
        {
            json.WriteStartObject("id2label");
            json.WriteString("0", "LABEL_0");
            json.WriteEndObject();
            json.WriteStartObject("label2id");
            json.WriteNumber("LABEL_0", 0);
            json.WriteEndObject();
        }
    }

    private static void WriteTokens(Utf8JsonWriter json, DecoderConfig config)
    {
        WriteToken(json, "bos_token_id", config.BeginTokenId);
        WriteEndTokens(json, config.EndTokenIds);
        WriteToken(json, "pad_token_id", config.PadTokenId);
    }

    private static void WriteToken(Utf8JsonWriter json, string field, int? token)
    {
        if (token is { } id)
        {
            json.WriteNumber(field, id);
        }
        else
        {
            json.WriteNull(field);
        }
    }

    private static void WriteEndTokens(Utf8JsonWriter json, IReadOnlyList<int> tokens)
    {
        if (tokens.Count < 2)
        {
            WriteToken(json, "eos_token_id", tokens.Count == 0 ? null : tokens[0]);
            return;
        }
        json.WriteStartArray("eos_token_id");
        foreach (int token in tokens)
        {
            json.WriteNumberValue(token);
        }
        json.WriteEndArray();
    }

    private static void WriteScaling(Utf8JsonWriter json, RopeScaling? scaling)
    {
        if (scaling is null)
        {
            json.WriteNull("rope_scaling");
            return;
        }
        json.WriteStartObject("rope_scaling");
        json.WriteString("rope_type", scaling.Kind);
        WriteNumber(json, "factor", scaling.Factor);
        if (scaling.OriginalContextTokens is { } original)
        {
            json.WriteNumber("original_max_position_embeddings", original);
        }
        WriteNumber(json, "low_freq_factor", scaling.LowFrequencyFactor);
        WriteNumber(json, "high_freq_factor", scaling.HighFrequencyFactor);
        WriteNumber(json, "attention_factor", scaling.AttentionFactor);
        WriteNumber(json, "beta_fast", scaling.BetaFast);
        WriteNumber(json, "beta_slow", scaling.BetaSlow);
        WriteNumber(json, "mscale", scaling.MagnitudeScale);
        WriteNumber(json, "mscale_all_dim", scaling.MagnitudeScaleAllDims);
        WriteNumbers(json, "short_factor", scaling.ShortFactors);
        WriteNumbers(json, "long_factor", scaling.LongFactors);
        if (!scaling.Truncate)
        {
            json.WriteBoolean("truncate", false);
        }
        json.WriteEndObject();
    }

    private static void WriteNumbers(Utf8JsonWriter json, string field, IReadOnlyList<double>? numbers)
    {
        if (numbers is null)
        {
            return;
        }
        json.WriteStartArray(field);
        foreach (double number in numbers)
        {
            WriteValue(json, number);
        }
        json.WriteEndArray();
    }

    private static void WriteNumber(Utf8JsonWriter json, string field, double? number)
    {
        if (number is { } value)
        {
            json.WritePropertyName(field);
            WriteValue(json, value);
        }
    }

    /// <summary>Python tells 4 from 4.0, and transformers warns about a factor that is no float.</summary>
    private static void WriteValue(Utf8JsonWriter json, double value)
    {
        string digits = value.ToString("R");
        json.WriteRawValue(digits.AsSpan().IndexOfAny(".E") < 0 ? digits + ".0" : digits);
    }
}
