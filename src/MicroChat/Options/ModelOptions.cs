namespace MicroChat.Options;

/// <summary>Which model replies. Section "Model".</summary>
internal sealed record ModelOptions
{
    /// <summary>Folder of the model. Empty: the embedded one in models/.</summary>
    public string Folder { get; init; } = "";
}
