namespace MicroChat.Options;

/// <summary>Which model replies. Section "Model".</summary>
internal sealed record ModelOptions
{
    /// <summary>Folder of the model. Empty: the embedded one in models/.</summary>
    public string Folder { get; init; } = "";

    /// <summary>Where the model computes: "auto", "cpu", or "cuda:0" and so on for a card.</summary>
    public string Device { get; init; } = "auto";

    /// <summary>Which library merges tokens.</summary>
    public TokenizerChoice Tokenizer { get; init; } = TokenizerChoice.Auto;
}

/// <summary>Libraries that can merge tokens. The ids are the same with each.</summary>
internal enum TokenizerChoice
{
    /// <summary>Microsoft.ML.Tokenizers where it was built in, works and supports the vocabulary, else the built-in code.</summary>
    Auto,

    /// <summary>The code of this project.</summary>
    BuiltIn,

    /// <summary>Microsoft.ML.Tokenizers for the vocabularies that it supports; only in builds of the Full profile.</summary>
    MicrosoftML,
}
