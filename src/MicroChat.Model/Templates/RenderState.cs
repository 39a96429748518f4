using System.Runtime.CompilerServices;
using System.Text;

namespace MicroChat.Model.Templates;

/// <summary>One rendering: what was written so far, what the template may still use, and the variables that it sees.</summary>
internal sealed class RenderState(TemplateLimits limits, TimeProvider clock, IReadOnlyDictionary<string, object?> variables)
{
    private readonly StringBuilder root = new();
    private StringBuilder? buffer;
    private long steps;
    private int depth;

    /// <summary>The line of the template that is being evaluated; named when it fails.</summary>
    public int Line { get; set; }

    /// <summary>Whether printed values are escaped for HTML.</summary>
    public bool AutoEscape { get; set; }

    /// <summary>The text that a filter block or set block has just collected.</summary>
    public object? Held { get; set; }

    public TimeProvider Clock => clock;

    public TemplateLimits Limits => limits;

    /// <summary>Names that the top level has set, as blocks see them.</summary>
    public Dictionary<string, object?> Exports { get; } = new(StringComparer.Ordinal);

    /// <summary>Blocks by name, for self.name().</summary>
    public Dictionary<string, BlockStatement> Blocks { get; } = new(StringComparer.Ordinal);

    /// <summary>What generation blocks have written, in UTF-16 units of the output.</summary>
    public List<GenerationSpan> Spans { get; } = [];

    /// <summary>Length of the text that stands outside all buffers.</summary>
    public int RootLength => root.Length;

    public string RootText => root.ToString();

    /// <summary>The value of a name that no enclosing scope knows; <see cref="Missing"/> where there is none.</summary>
    public object? Resolve(string name)
    {
        if (Exports.TryGetValue(name, out object? value) || variables.TryGetValue(name, out value)) return value;
        return Globals.TryGet(name, this, out value) ? value : Missing.Value;
    }

    /// <summary>Counts one evaluation and makes sure that the stack holds another.</summary>
    public void Step()
    {
        if (++steps > limits.Steps) throw TooMuchWork();
        if (!RuntimeHelpers.TryEnsureSufficientExecutionStack()) throw TooDeep();
    }

    /// <summary>Counts the handling of a text or list of this length, before it is made.</summary>
    public void Charge(long length)
    {
        if (length > limits.OutputCharacters)
            throw new TemplateException($"A text or list of length {length} would arise; the limit is {limits.OutputCharacters}.");
        if ((steps += length >> 3) > limits.Steps) throw TooMuchWork();
    }

    /// <summary>Goes one level deeper into macros or nested values.</summary>
    public void Enter()
    {
        Step();
        if (++depth > limits.CallDepth) throw TooDeep();
    }

    public void Leave() => depth--;

    /// <summary>Writes to the innermost buffer.</summary>
    public void Write(string text)
    {
        StringBuilder output = buffer ?? root;
        Charge(text.Length);
        if (output.Length + (long)text.Length > limits.OutputCharacters)
            throw new TemplateException($"The output is longer than {limits.OutputCharacters} characters.");
        output.Append(text);
    }

    /// <summary>Redirects the output until <see cref="EndBuffer"/>, which takes what this returned.</summary>
    public StringBuilder? BeginBuffer()
    {
        StringBuilder? outer = buffer;
        buffer = new StringBuilder();
        return outer;
    }

    /// <summary>Ends the redirection and gives the text that was redirected.</summary>
    public string EndBuffer(StringBuilder? outer)
    {
        string text = buffer!.ToString();
        buffer = outer;
        return text;
    }

    private TemplateException TooMuchWork() =>
        new($"The template does more than {limits.Steps} steps of work; it loops too often or builds texts that are too long.");

    private TemplateException TooDeep() =>
        new($"The template calls itself, or nests values, more than {limits.CallDepth} levels deep.");
}

/// <summary>A half-open piece of a rendered text. Unit: UTF-16 units.</summary>
/// <param name="Start">The first unit.</param>
/// <param name="End">One past the last unit.</param>
public readonly record struct GenerationSpan(int Start, int End);
