using System.Collections;
using System.Globalization;
using System.Numerics;
using System.Text.Json;

namespace MicroChat.Model.Templates;

/// <summary>
/// A parsed template in the language of chat templates: Jinja with trim_blocks and lstrip_blocks, loop controls,
/// raise_exception, strftime_now, Python's tojson, and generation blocks. It reads no files and calls nothing outside;
/// its work, its output and its depth are bounded. Can be rendered by several threads at once.
/// </summary>
/// <remarks>Source: Jinja 3.1 documentation; the additions of Hugging Face transformers' apply_chat_template.</remarks>
public sealed class JinjaTemplate
{
    private readonly Body body;
    private readonly ScopeEntry entry;
    private readonly int slots;
    private readonly TemplateLimits limits;
    private readonly Dictionary<string, BlockStatement> blocks;

    private JinjaTemplate(string source, TemplateLimits limits)
    {
        this.limits = limits;
        if (source.Length > limits.SourceCharacters)
            throw new TemplateException($"The template has {source.Length} characters; {limits.SourceCharacters} are allowed.");
        (body, blocks) = Parser.Parse(Lexer.Read(source), limits);
        Scope scope = Scope.Root();
        body.Declare(scope);
        body.Bind(scope);
        entry = scope.Entry();
        slots = scope.Function.Slots;
    }

    /// <summary>Reads a template.</summary>
    /// <exception cref="TemplateException">The template is not well formed; the line is named.</exception>
    public static JinjaTemplate Parse(string source) => Parse(source, TemplateLimits.Default);

    /// <summary>Reads a template that may use this much.</summary>
    /// <exception cref="TemplateException">The template is not well formed; the line is named.</exception>
    public static JinjaTemplate Parse(string source, TemplateLimits limits) => new(source, limits);

    /// <summary>Renders the template.</summary>
    /// <param name="variables">
    /// Null, bool, integers, float, double, string, JsonElement, dictionaries with string keys, and lists of these.
    /// </param>
    /// <param name="clock">What strftime_now reads; local time.</param>
    /// <exception cref="TemplateException">The template failed, refused (then the message is its own), or hit a limit. No text was produced.</exception>
    public string Render(IReadOnlyDictionary<string, object?> variables, TimeProvider clock) => Run(variables, clock).RootText;

    /// <summary>Renders, and tells which pieces generation blocks have written.</summary>
    internal (string Text, List<GenerationSpan> Spans) RenderSpans(IReadOnlyDictionary<string, object?> variables, TimeProvider clock)
    {
        RenderState state = Run(variables, clock);
        return (state.RootText, state.Spans);
    }

    private RenderState Run(IReadOnlyDictionary<string, object?> variables, TimeProvider clock)
    {
        var given = new Dictionary<string, object?>(StringComparer.Ordinal);
        foreach ((string name, object? value) in variables) given[name] = Import(value, 0);
        var state = new RenderState(limits, clock, given);
        foreach ((string name, BlockStatement block) in blocks) state.Blocks[name] = block;
        var frame = new Frame(state, slots, null);
        try
        {
            entry.Apply(frame);
            body.Execute(frame);
            return state;
        }
        catch (TemplateException failure) when (failure.Line == 0)
        {
            failure.Line = state.Line;
            throw;
        }
    }

    private static object? Import(object? value, int depth)
    {
        if (depth > 128) throw new TemplateException("A given variable nests more than 128 levels deep.");
        switch (value)
        {
            case null or bool or long or double or string or PythonDictionary: return value;
            case sbyte or byte or short or ushort or int or uint: return Convert.ToInt64(value, CultureInfo.InvariantCulture);
            case ulong or BigInteger: return Numbers.Of(value is ulong unsigned ? unsigned : (BigInteger)value);
            case float number: return (double)number;
            case JsonElement element: return TemplateJson.Read(element);
            case IEnumerable<KeyValuePair<string, object?>> pairs:
                var dictionary = new PythonDictionary();
                foreach ((string key, object? item) in pairs) dictionary.Set(key, Import(item, depth + 1));
                return dictionary;
            case IEnumerable items: return items.Cast<object?>().Select(item => Import(item, depth + 1)).ToList();
            default: throw new TemplateException($"A variable of the .NET type {value.GetType().Name} cannot be given to a template.");
        }
    }
}
