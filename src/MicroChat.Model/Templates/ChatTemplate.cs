using System.Text.Json;

namespace MicroChat.Model.Templates;

/// <summary>The template of a model folder: turns a conversation into the text that the model was trained on. Can be used by several threads at once.</summary>
public sealed class ChatTemplate
{
    private static readonly string[] TokenNames = ["bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token"];

    private readonly string source;
    private readonly JinjaTemplate template;
    private readonly IReadOnlyDictionary<string, object?> tokenTexts;

    private ChatTemplate(string source, IReadOnlyDictionary<string, object?> tokenTexts)
    {
        this.source = source;
        this.tokenTexts = tokenTexts;
        template = JinjaTemplate.Parse(source);
    }

    /// <summary>The template's own text.</summary>
    public string Source => source;

    /// <summary>A template from its text.</summary>
    /// <param name="source">The template.</param>
    /// <param name="tokenTexts">What bos_token, eos_token … stand for; a name that is missing stays undefined.</param>
    /// <exception cref="TemplateException">The template is not well formed.</exception>
    public static ChatTemplate Parse(string source, IReadOnlyDictionary<string, string> tokenTexts) =>
        new(source, tokenTexts.ToDictionary(pair => pair.Key, object? (pair) => pair.Value, StringComparer.Ordinal));

    /// <summary>
    /// Reads a model folder's template: chat_template.jinja, else "chat_template" of tokenizer_config.json, which is a text or a
    /// list of named templates of which "default" counts. The texts of the tokens come from tokenizer_config.json.
    /// </summary>
    /// <exception cref="TemplateException">The folder has no template, or it is not well formed; the message names the file.</exception>
    public static ChatTemplate Load(string modelFolder)
    {
        string configPath = Path.Combine(modelFolder, "tokenizer_config.json"), templatePath = Path.Combine(modelFolder, "chat_template.jinja");
        string readFrom = configPath;
        try
        {
            using JsonDocument? config = File.Exists(configPath) ? JsonDocument.Parse(File.ReadAllBytes(configPath)) : null;
            JsonElement root = config?.RootElement ?? default;
            readFrom = File.Exists(templatePath) ? templatePath : configPath;
            string source = readFrom == templatePath ? File.ReadAllText(templatePath) : SourceOf(root);
            return new ChatTemplate(source, TokenTextsOf(root));
        }
        catch (Exception e) when (e is TemplateException or JsonException or IOException or UnauthorizedAccessException)
        {
            throw new TemplateException($"{readFrom}: {e.Message}");
        }
    }

    /// <summary>Renders a conversation as it stands. To encode it, use <see cref="ChatEncoder"/>: in this text a person's words may spell control tokens.</summary>
    /// <param name="turns">The conversation, oldest turn first.</param>
    /// <param name="addGenerationPrompt">Whether the text ends with the opening of the next assistant turn.</param>
    /// <param name="clock">What strftime_now reads.</param>
    /// <exception cref="TemplateException">The conversation is empty, or the template refused it.</exception>
    public RenderedChat Render(IReadOnlyList<ChatTurn> turns, bool addGenerationPrompt, TimeProvider clock) =>
        Render(new ChatRequest { Messages = MessagesOf(turns), AddGenerationPrompt = addGenerationPrompt }, clock);

    /// <summary>Renders a conversation whose last turn is left open, so that the model goes on with it.</summary>
    /// <exception cref="TemplateException">The conversation is empty, or the template refused it or changes the last turn's text.</exception>
    public RenderedChat RenderOpen(IReadOnlyList<ChatTurn> turns, TimeProvider clock) =>
        Render(new ChatRequest { Messages = MessagesOf(turns), ContinuedKey = "content" }, clock);

    internal RenderedChat Render(ChatRequest request, TimeProvider clock)
    {
        var variables = new Dictionary<string, object?>(tokenTexts, StringComparer.Ordinal);
        foreach ((string name, object? value) in request.Variables) variables[name] = value;
        return (request with { Variables = variables }).Render(template, source, clock);
    }

    private static List<object?> MessagesOf(IReadOnlyList<ChatTurn> turns)
    {
        var messages = new List<object?>(turns.Count);
        foreach (ChatTurn turn in turns)
        {
            var message = new PythonDictionary();
            message.Set("role", turn.Role);
            message.Set("content", turn.Content);
            messages.Add(message);
        }
        return messages;
    }

    private static string SourceOf(JsonElement root)
    {
        JsonElement given = default;
        if (root.ValueKind == JsonValueKind.Object) root.TryGetProperty("chat_template", out given);
        if (given.ValueKind == JsonValueKind.String) return given.GetString()!;
        if (given.ValueKind != JsonValueKind.Array)
            throw new TemplateException("The model folder has no chat template: neither chat_template.jinja nor a text or list \"chat_template\" in tokenizer_config.json. Add the template that the model was trained with.");
        var templates = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (JsonElement item in given.EnumerateArray())
        {
            if (item.ValueKind != JsonValueKind.Object || Text(item, "name") is not { } name || Text(item, "template") is not { } text)
                throw new TemplateException("An item of the list \"chat_template\" has no \"name\" and \"template\".");
            templates[name] = text;
        }
        return templates.TryGetValue("default", out string? chosen) ? chosen : templates.Count == 1 ? templates.Values.First()
            : throw new TemplateException($"The list \"chat_template\" has the templates {string.Join(", ", templates.Keys)}; name one of them \"default\".");
    }

    // A token is a text, or an object with its text as "content".
    private static Dictionary<string, object?> TokenTextsOf(JsonElement root)
    {
        var texts = new Dictionary<string, object?>(StringComparer.Ordinal);
        if (root.ValueKind != JsonValueKind.Object) return texts;
        foreach (string name in TokenNames)
        {
            string? text = Text(root, name) ?? (root.TryGetProperty(name, out JsonElement token) && token.ValueKind == JsonValueKind.Object ? Text(token, "content") : null);
            if (text is not null) texts[name] = text;
        }
        return texts;
    }

    private static string? Text(JsonElement owner, string name) =>
        owner.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
