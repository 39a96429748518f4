namespace MicroChat.Model.Tokenizers.Normalizing;

/// <summary>Rewrites a text before it is cut into pieces.</summary>
internal interface INormalizer
{
    /// <summary>The rewritten text.</summary>
    public AlignedText Apply(AlignedText text);

    /// <summary>Whether <see cref="Apply"/> surely changes nothing; false if that would take long to find out.</summary>
    public bool LeavesUnchanged(ReadOnlySpan<char> text);
}
