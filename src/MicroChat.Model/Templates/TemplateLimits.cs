namespace MicroChat.Model.Templates;

/// <summary>What a template may use before it is stopped; published templates stay far below.</summary>
public sealed record TemplateLimits
{
    /// <summary>Longest template. Unit: UTF-16 units.</summary>
    public int SourceCharacters { get; init; } = 1 << 20;

    /// <summary>Longest output and longest text in between. Unit: UTF-16 units.</summary>
    public int OutputCharacters { get; init; } = 1 << 24;

    /// <summary>Evaluated expressions, statements and loop rounds; handling a long text counts as several.</summary>
    public long Steps { get; init; } = 20_000_000;

    /// <summary>Macros that call each other, and nested values that are printed or compared. Unit: levels.</summary>
    public int CallDepth { get; init; } = 256;

    /// <summary>Brackets, blocks and operators inside each other in the template's text. Unit: levels.</summary>
    public int NestingDepth { get; init; } = 600;

    /// <summary>The limits used where none are given.</summary>
    public static TemplateLimits Default { get; } = new();
}
