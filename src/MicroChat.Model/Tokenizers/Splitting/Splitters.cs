namespace MicroChat.Model.Tokenizers.Splitting;

/// <summary>Chooses how a pattern is matched: the well-known ones by hand, any other by a regular expression.</summary>
internal static class Splitters
{
    /// <summary>A splitter whose pieces are the matches of the pattern and what lies between them.</summary>
    /// <exception cref="TokenizerException">The pattern has an error, or uses what is not supported.</exception>
    public static ISplitter OfPattern(string pattern) => OfPattern(pattern, SplitBehaviour.Isolated, invert: false);

    /// <summary>A splitter by pattern, behaviour and inversion.</summary>
    /// <exception cref="TokenizerException">The pattern has an error, or uses what is not supported.</exception>
    public static ISplitter OfPattern(string pattern, SplitBehaviour behaviour, bool invert)
    {
        // The known patterns match every character, so that nothing lies between the matches.
        bool matchesAreThePieces = behaviour == SplitBehaviour.Isolated || (behaviour == SplitBehaviour.Removed && invert);
        return (matchesAreThePieces ? Known(pattern) : null) ?? new BehaviourSplitter(new RegexMatcher(pattern), behaviour, invert);
    }

    private static ISplitter? Known(string pattern) => pattern switch
    {
        Gpt2Splitter.Pattern => new Gpt2Splitter(),
        Gpt4Splitter.ThreeDigits => new Gpt4Splitter(3),
        Gpt4Splitter.OneDigit => new Gpt4Splitter(1),
        O200kSplitter.Pattern => new O200kSplitter(),
        _ => null,
    };
}
