using MicroChat.Model.Tokenizers.Normalizing;

namespace MicroChat.Model.Tokenizers.Json;

/// <summary>Builds the normalizer section.</summary>
internal static class NormalizerReader
{
    public static INormalizer? Read(JsonField field) => field.IsNull ? null : throw field["type"].Wrong("a supported normalizer");
}
