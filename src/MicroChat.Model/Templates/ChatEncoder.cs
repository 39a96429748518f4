using MicroChat.Model.Tokenizers;

namespace MicroChat.Model.Templates;

/// <summary>
/// Encodes conversations with a template and a tokenizer. Only the template's own text gives control tokens: what a person
/// wrote is encoded as text, however it is spelled and whatever stands next to it. Can be used by several threads at once.
/// </summary>
public sealed class ChatEncoder
{
    private readonly ChatTemplate template;
    private readonly Tokenizer tokenizer;
    private readonly TimeProvider clock;
    private readonly AddedTokenFinder finder;
    private readonly List<string> controlTexts;

    /// <summary>An encoder.</summary>
    /// <param name="template">The model's chat template.</param>
    /// <param name="tokenizer">The same model's tokenizer.</param>
    /// <param name="clock">What the template's strftime_now reads.</param>
    public ChatEncoder(ChatTemplate template, Tokenizer tokenizer, TimeProvider clock)
    {
        this.template = template;
        this.tokenizer = tokenizer;
        this.clock = clock;
        AddedToken[] control = [.. tokenizer.AddedTokens.Where(token => token.Special && token.Content.Length > 0)];
        controlTexts = [.. control.Select(token => token.Content)];
        finder = new AddedTokenFinder(control.Select(token => (token.Content, token)));
    }

    /// <summary>Encodes a conversation.</summary>
    /// <param name="turns">Oldest turn first. A role is letters, digits, '_' and '-'; contents are any text.</param>
    /// <param name="addGenerationPrompt">Whether the next assistant turn is opened at the end.</param>
    /// <returns>The ids, and which of them generation blocks wrote.</returns>
    /// <exception cref="TemplateException">The conversation is empty, a role is no name, or the template refused the conversation.</exception>
    public EncodedChat Encode(IReadOnlyList<ChatTurn> turns, bool addGenerationPrompt)
    {
        foreach (ChatTurn turn in turns) RequireName(turn.Role);
        RenderedChat chat = Guarded(turns, addGenerationPrompt);
        var encoding = new GuardedEncoding(tokenizer, chat);
        encoding.Run(Find(chat.Text));
        return encoding.Result();
    }

    private static void RequireName(string role)
    {
        if (role.Length == 0 || !role.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-'))
            throw new TemplateException($"A turn has the role \"{role}\"; a role is letters, digits, '_' and '-', as \"user\".");
    }

    // Control tokens that stand in the text only while single characters of the contents are visible were forged at a seam.
    private RenderedChat Guarded(IReadOnlyList<ChatTurn> turns, bool addGenerationPrompt)
    {
        RenderedChat light = Render(turns, addGenerationPrompt, text => ContentGuard.MarkTokens(text, controlTexts));
        RenderedChat opaque = Render(turns, addGenerationPrompt, ContentGuard.MarkAll);
        return ControlIds(light.Text).SequenceEqual(ControlIds(opaque.Text)) ? light : opaque;
    }

    private RenderedChat Render(IReadOnlyList<ChatTurn> turns, bool addGenerationPrompt, Func<string, string> guard) =>
        template.Render([.. turns.Select(turn => turn with { Content = guard(turn.Content) })], addGenerationPrompt, clock);

    private IEnumerable<int> ControlIds(string text) => Find(text).Where(segment => segment.Id >= 0).Select(segment => segment.Id);

    private List<TextSegment> Find(string text)
    {
        var segments = new List<TextSegment>();
        finder.Find(text, parseSpecial: true, segments);
        return segments;
    }
}
