namespace MicroChat.Model.Tokenizers;

/// <summary>A token that is searched in the text before the model sees it.</summary>
public sealed record AddedToken
{
    /// <summary>Row of the embedding.</summary>
    public required int Id { get; init; }

    /// <summary>The text that stands for the token.</summary>
    public required string Content { get; init; }

    /// <summary>Control token: left out when decoding with skipSpecial, and searched only with <see cref="SpecialTokens.Parse"/>.</summary>
    public bool Special { get; init; }

    /// <summary>Found only where no word character touches it.</summary>
    public bool SingleWord { get; init; }

    /// <summary>Swallows the white space before it.</summary>
    public bool StripLeft { get; init; }

    /// <summary>Swallows the white space after it.</summary>
    public bool StripRight { get; init; }

    /// <summary>Searched in the normalised text, itself normalised; otherwise in the text as given.</summary>
    public bool Normalized { get; init; }
}
