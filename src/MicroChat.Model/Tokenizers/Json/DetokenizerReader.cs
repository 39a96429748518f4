using MicroChat.Model.Tokenizers.Detokenizing;

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
        switch (field["type"].AsText())
        {
            case "Sequence":
                foreach (JsonField step in field["decoders"].Items()) Add(step, steps);
                break;
            case "ByteLevel":
                steps.Add(new ByteLevelDetokenizer());
                break;
            default:
                throw field["type"].Wrong("a supported decoder");
        }
    }
}
