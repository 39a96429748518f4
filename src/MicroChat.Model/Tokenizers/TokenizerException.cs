namespace MicroChat.Model.Tokenizers;

/// <summary>A tokenizer file, a text or an id cannot be used; the message names the place, the value found, the value wanted and the remedy.</summary>
public sealed class TokenizerException : Exception
{
    /// <summary>An error without details; prefer a message.</summary>
    public TokenizerException() { }

    /// <summary>An error that the reader of <paramref name="message"/> can mend.</summary>
    public TokenizerException(string message) : base(message) { }

    /// <summary>An error with the exception that revealed it.</summary>
    public TokenizerException(string message, Exception inner) : base(message, inner) { }
}
