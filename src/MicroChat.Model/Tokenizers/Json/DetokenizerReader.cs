using MicroChat.Model.Tokenizers.Detokenizing;
using MicroChat.Model.Tokenizers.Splitting;

namespace MicroChat.Model.Tokenizers.Json;

/// <summary>Builds the decoder section.</summary>
internal static class DetokenizerReader
{
    /// <summary>The steps in order; null: the file names no decoder.</summary>
    public static IReadOnlyList<IDetokenizer>? Read(JsonField field)
    {
        if (field.IsNull) return null;
        var steps = new List<IDetokenizer>();
        Add(field, steps);
        return steps;
    }

    private static void Add(JsonField field, List<IDetokenizer> steps)
    {
        if (field["type"].AsText() != "Sequence")
        {
            steps.Add(ReadOne(field, fused: steps.Any(s => s is FuseDetokenizer or ByteLevelDetokenizer)));
            return;
        }
        foreach (JsonField step in field["decoders"].Items()) Add(step, steps);
    }

    private static IDetokenizer ReadOne(JsonField field, bool fused) => field["type"].AsText() switch
    {
        "ByteLevel" => new ByteLevelDetokenizer(),
        "ByteFallback" => new ByteFallbackDetokenizer(),
        "Fuse" => new FuseDetokenizer(),
        "Metaspace" => new MetaspaceDetokenizer(MetaspaceOptions.Replacement(field), MetaspaceOptions.Scheme(field) != PrependScheme.Never),
        "Replace" => new ReplaceDetokenizer(PatternReader.Read(field["pattern"]), field["content"].AsText()),
        "BPEDecoder" => new EndOfWordDetokenizer(field["suffix"].AsTextOrNull() ?? "</w>"),
        "Strip" => new StripDetokenizer(
            ReadCharacter(field["content"]), field["start"].AsInteger(0, int.MaxValue), field["stop"].AsInteger(0, int.MaxValue), fused),
        _ => throw field["type"].Wrong("a supported decoder (Sequence, ByteLevel, ByteFallback, Fuse, Metaspace, Replace, BPEDecoder or Strip)"),
    };

    private static char ReadCharacter(JsonField field) => field.AsText() is [char one] ? one : throw field.Wrong("one character of the basic plane");
}
