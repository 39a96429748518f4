namespace MicroChat.Model.Templates;

/// <summary>Everything that a chat template is given, as transformers' apply_chat_template takes it.</summary>
internal sealed record ChatRequest
{
    /// <summary>What marks the end of the message that is to be continued.</summary>
    private const string Tag = "CONTINUE_FINAL_MESSAGE_TAG ";

    private static readonly string[] ThoughtKeys = ["reasoning_content", "thinking", "reasoning"];

    /// <summary>The messages: dictionaries with "role", "content" and whatever else the template reads.</summary>
    public required IReadOnlyList<object?> Messages { get; init; }

    /// <summary>Whether the text ends with the opening of the next assistant turn.</summary>
    public bool AddGenerationPrompt { get; init; }

    /// <summary>The key of the last message whose text is left open at its end; null: none.</summary>
    public string? ContinuedKey { get; init; }

    public object? Tools { get; init; }

    public object? Documents { get; init; }

    /// <summary>Further variables: the tokenizer's token texts and the caller's own.</summary>
    public IReadOnlyDictionary<string, object?> Variables { get; init; } = new Dictionary<string, object?>();

    /// <summary>Renders the messages.</summary>
    /// <param name="template">The parsed template.</param>
    /// <param name="source">Its text.</param>
    /// <param name="clock">What strftime_now reads.</param>
    /// <exception cref="TemplateException">The request contradicts itself, or the template failed.</exception>
    public RenderedChat Render(JinjaTemplate template, string source, TimeProvider clock)
    {
        if (Messages.Count == 0) throw new TemplateException("The conversation is empty; a chat template needs at least one message.");
        if (ContinuedKey is not null && AddGenerationPrompt)
            throw new TemplateException("Either the last message is continued or a new assistant turn is opened, not both.");
        List<object?> messages = [.. Messages.Select(Prepare)];
        string continued = ContinuedKey is null ? "" : MarkEnd(messages, ContinuedKey, source);
        var variables = new Dictionary<string, object?>(Variables, StringComparer.Ordinal)
        {
            ["messages"] = messages,
            ["tools"] = Tools,
            ["documents"] = Documents,
            ["add_generation_prompt"] = AddGenerationPrompt,
        };
        (string text, List<GenerationSpan> spans) = template.RenderSpans(variables, clock);
        return ContinuedKey is null ? new RenderedChat(text, spans) : CutAtEnd(text, spans, continued);
    }

    // Keys without a value are left out; thoughts are given under both names that templates use.
    private static object? Prepare(object? message)
    {
        if (message is not PythonDictionary given) return message;
        var prepared = new PythonDictionary();
        foreach ((object? key, object? value) in given.Pairs)
            if (value is not null) prepared.Set(key, value);
        foreach (string key in ThoughtKeys)
        {
            if (!prepared.TryGet(key, out object? thought)) continue;
            prepared.Set("reasoning_content", thought);
            if (!prepared.TryGet("thinking", out _)) prepared.Set("thinking", thought);
            break;
        }
        return prepared;
    }

    private static string MarkEnd(List<object?> messages, string key, string source)
    {
        if (messages[^1] is not PythonDictionary last || !last.TryGet(key, out object? value))
            throw new TemplateException($"The last message is to be continued, but it has no '{key}'.");
        if (!source.Contains(key, StringComparison.Ordinal))
            throw new TemplateException($"The last message's '{key}' is to be continued, but the chat template does not read it.");
        if (value is string text)
        {
            last.Set(key, text + Tag);
            return text;
        }
        if (value is List<object?> parts)
        {
            int at = parts.FindLastIndex(part => part is PythonDictionary fields && fields.TryGet("text", out object? inner) && inner is string);
            if (at >= 0 && parts[at] is PythonDictionary part && part.TryGet("text", out object? own))
            {
                PythonDictionary marked = CollectionMethods.Copy(part);
                marked.Set("text", (string)own! + Tag);
                last.Set(key, parts.Select((other, index) => index == at ? marked : other).ToList());
                return (string)own!;
            }
        }
        throw new TemplateException($"The last message is to be continued, but its '{key}' holds no text.");
    }

    private static RenderedChat CutAtEnd(string text, List<GenerationSpan> spans, string continued)
    {
        int at = text.LastIndexOf(Tag.AsSpan().TrimEnd().ToString(), StringComparison.Ordinal);
        if (at < 0 || !text.Contains(PythonText.Strip(continued, null, left: true, right: true), StringComparison.Ordinal))
            throw new TemplateException("The last message is to be continued, but the chat template changes or drops its text.");
        string cut = text[..at];
        if (!text.AsSpan(at).StartsWith(Tag)) cut = PythonText.Strip(cut, null, left: false, right: true);
        return new RenderedChat(cut, [.. spans.Where(span => span.Start < cut.Length).Select(span => span with { End = Math.Min(span.End, cut.Length) })]);
    }
}
