using System.Text.Json;

namespace MicroChat.Model.Templates;

/// <summary>The chat template of the models that this program trains, and the tokenizer_config.json that carries it.</summary>
public static class OwnTemplate
{
    /// <summary>Ends every turn, and so every reply.</summary>
    public const string EndOfTurn = "<|end|>";

    /// <summary>Stands between documents.</summary>
    public const string EndOfText = "<|endoftext|>";

    /// <summary>
    /// Each turn is its role's token, the trimmed text and the end token, with nothing between turns. What an assistant says,
    /// its end token included, is marked as generated.
    /// </summary>
    public const string Source =
        "{%- for message in messages -%}\n" +
        "    {%- if message.role not in ['system', 'user', 'assistant'] -%}\n" +
        "        {{- raise_exception(\"A turn has the role '\" ~ message.role ~ \"'; this model knows system, user and assistant.\") -}}\n" +
        "    {%- endif -%}\n" +
        "    {{- '<|' ~ message.role ~ '|>' -}}\n" +
        "    {%- if message.role == 'assistant' -%}\n" +
        "        {%- generation -%}{{- message.content | trim ~ '<|end|>' -}}{%- endgeneration -%}\n" +
        "    {%- else -%}\n" +
        "        {{- message.content | trim ~ '<|end|>' -}}\n" +
        "    {%- endif -%}\n" +
        "{%- endfor -%}\n" +
        "{%- if add_generation_prompt -%}{{- '<|assistant|>' -}}{%- endif -%}\n";

    /// <summary>Writes a tokenizer_config.json, as a model folder needs beside its tokenizer.json, in UTF-8.</summary>
    /// <param name="output">Where to; stays open.</param>
    /// <param name="contextTokens">Longest sequence that the model was trained for. Unit: tokens.</param>
    public static void WriteTokenizerConfig(Stream output, int contextTokens)
    {
        using var writer = new Utf8JsonWriter(output, new JsonWriterOptions { Indented = true, NewLine = "\n", Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        writer.WriteStartObject();
        writer.WriteString("tokenizer_class", "PreTrainedTokenizerFast");
        writer.WriteString("eos_token", EndOfTurn);
        writer.WriteString("pad_token", EndOfText);
        writer.WriteNumber("model_max_length", contextTokens);
        writer.WriteBoolean("clean_up_tokenization_spaces", false);
        writer.WriteString("chat_template", Source);
        writer.WriteEndObject();
    }
}
