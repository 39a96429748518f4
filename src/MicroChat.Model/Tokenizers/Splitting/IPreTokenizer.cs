namespace MicroChat.Model.Tokenizers.Splitting;

/// <summary>Cuts a piece into smaller ones and may rewrite them.</summary>
internal interface IPreTokenizer
{
    /// <summary>Adds the pieces of <paramref name="piece"/> in order; none is empty.</summary>
    public void Cut(AlignedText piece, List<AlignedText> pieces);
}
