using MicroChat.Model.Tokenizers.Splitting;

namespace MicroChat.Model.Tokenizers.Json;

/// <summary>Reads what Split and Replace search for: {"String": …} or {"Regex": …}.</summary>
internal static class PatternReader
{
    public static IMatcher Read(JsonField pattern)
    {
        if (!pattern["String"].IsNull) return new LiteralMatcher(pattern["String"].AsText());
        return Located(pattern, regex => new RegexMatcher(regex));
    }

    public static ISplitter ReadSplitter(JsonField pattern, SplitBehaviour behaviour, bool invert) => pattern["String"].IsNull
        ? Located(pattern, regex => Splitters.OfPattern(regex, behaviour, invert))
        : new BehaviourSplitter(Read(pattern), behaviour, invert);

    private static T Located<T>(JsonField pattern, Func<string, T> make)
    {
        try
        {
            return make(pattern["Regex"].AsText());
        }
        catch (TokenizerException e) when (!pattern["Regex"].IsNull)
        {
            throw new TokenizerException($"{pattern.File}: {pattern.Path}: {e.Message}", e);
        }
    }
}
