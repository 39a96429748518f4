namespace MicroChat.Model.Tokenizers.Splitting;

/// <summary>Chooses how a pattern is matched: the well-known ones by hand, any other by a regular expression.</summary>
internal static class Splitters
{
    /// <summary>A splitter whose pieces are the matches of the pattern and what lies between them.</summary>
    public static ISplitter OfPattern(string pattern) => pattern switch
    {
        Gpt2Splitter.Pattern => new Gpt2Splitter(),
        Gpt4Splitter.ThreeDigits => new Gpt4Splitter(3),
        Gpt4Splitter.OneDigit => new Gpt4Splitter(1),
        O200kSplitter.Pattern => new O200kSplitter(),
        _ => throw new TokenizerException($"The pattern \"{pattern}\" is not known."),
    };
}
