using System.Text;
using MicroChat.Model.Tokenizers.Normalizing;

namespace MicroChat.Model.Tokenizers.Json;

/// <summary>Builds the normalizer section.</summary>
internal static class NormalizerReader
{
    /// <summary>Null: the file names none.</summary>
    public static INormalizer? Read(JsonField field) => field.IsNull ? null : ReadOne(field);

    private static INormalizer ReadOne(JsonField field) => field["type"].AsText() switch
    {
        "Sequence" => new NormalizerSequence([.. field["normalizers"].Items().Select(ReadOne)]),
        "NFC" => new UnicodeNormalizer(NormalizationForm.FormC),
        "NFD" => new UnicodeNormalizer(NormalizationForm.FormD),
        "NFKC" => new UnicodeNormalizer(NormalizationForm.FormKC),
        "NFKD" => new UnicodeNormalizer(NormalizationForm.FormKD),
        "Lowercase" => new LowercaseNormalizer(),
        "Strip" => new StripNormalizer(field["strip_left"].AsFlag(true), field["strip_right"].AsFlag(true)),
        "StripAccents" => new StripAccentsNormalizer(),
        "Nmt" => new NmtNormalizer(),
        "ByteLevel" => new ByteLevelNormalizer(),
        "Prepend" => new PrependNormalizer(field["prepend"].AsText()),
        "Replace" => new ReplaceNormalizer(PatternReader.Read(field["pattern"]), field["content"].AsText()),
        _ => throw field["type"].Wrong(
            "a supported normalizer (Sequence, NFC, NFD, NFKC, NFKD, Lowercase, Strip, StripAccents, Nmt, ByteLevel, Prepend or Replace)"),
    };
}
