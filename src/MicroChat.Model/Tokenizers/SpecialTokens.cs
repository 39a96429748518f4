namespace MicroChat.Model.Tokenizers;

/// <summary>What the spelling of a special token inside a text means.</summary>
public enum SpecialTokens
{
    /// <summary>Plain text: what a person writes can never become a control token. The default everywhere.</summary>
    AsText,

    /// <summary>The token itself; only for text that the program wrote, as a chat template.</summary>
    Parse,
}
