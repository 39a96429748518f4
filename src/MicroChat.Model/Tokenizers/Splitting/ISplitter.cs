namespace MicroChat.Model.Tokenizers.Splitting;

/// <summary>Cuts a text into pieces that the model encodes one by one, without changing it.</summary>
internal interface ISplitter
{
    /// <summary>Adds the pieces of <paramref name="text"/> in order; none is empty. Offsets count from <paramref name="origin"/>. Unit: UTF-16 units.</summary>
    public void Split(ReadOnlySpan<char> text, int origin, List<TextRange> pieces);
}
