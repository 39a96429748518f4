using MicroChat.Model.Tokenizers.Splitting;

namespace MicroChat.Model.Tokenizers.Json;

/// <summary>Builds the pre_tokenizer section.</summary>
internal static class PreTokenizerReader
{
    public static IPreTokenizer? Read(JsonField field) => field.IsNull ? null : ReadOne(field);

    private static IPreTokenizer ReadOne(JsonField field) => field["type"].AsText() switch
    {
        "Sequence" => new PreTokenizerSequence([.. field["pretokenizers"].Items().Select(ReadOne)]),
        "ByteLevel" => new ByteLevelPreTokenizer(field["add_prefix_space"].AsFlag(true), field["use_regex"].AsFlag(true)),
        "Split" => new CuttingPreTokenizer(Splitters.OfPattern(field["pattern"]["Regex"].AsText())),
        _ => throw field["type"].Wrong("a supported pre-tokenizer"),
    };
}
