using MicroChat.Model.Sampling;

namespace MicroChat.Chat;

/// <summary>What there is to know about a loaded model.</summary>
public sealed record ModelCard
{
    /// <summary>The model's name, as API replies tell it.</summary>
    public required string Name { get; init; }

    /// <summary>The <see cref="Version"/> of a model that came with the program, or from a plain folder.</summary>
    public const string EmbeddedVersion = "0";

    /// <summary>Which of the models of that name; with the name it is what feedback is recorded under.</summary>
    public string Version { get; init; } = EmbeddedVersion;

    /// <summary>Longest prompt plus reply. Unit: tokens.</summary>
    public required int ContextTokens { get; init; }

    /// <summary>Number of weights.</summary>
    public required long Parameters { get; init; }

    /// <summary>What the model's own generation_config.json asks for; requests override single values.</summary>
    public required SamplingOptions Sampling { get; init; }
}
