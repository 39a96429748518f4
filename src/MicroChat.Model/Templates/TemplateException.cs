namespace MicroChat.Model.Templates;

/// <summary>A template cannot be read or rendered. No text was produced.</summary>
public sealed class TemplateException : Exception
{
    private readonly string text;

    internal TemplateException(string text, int line = 0, bool raisedByTemplate = false) : base(text)
    {
        this.text = text;
        Line = line;
        RaisedByTemplate = raisedByTemplate;
    }

    /// <summary>The line of the template, counted from 1; 0 where none is to blame.</summary>
    public int Line { get; internal set; }

    /// <summary>Whether the template itself refused by raise_exception; the message is then the template's own and meant for the user.</summary>
    public bool RaisedByTemplate { get; }

    /// <inheritdoc/>
    public override string Message => Line > 0 && !RaisedByTemplate ? $"Chat template, line {Line}: {text}" : text;
}
