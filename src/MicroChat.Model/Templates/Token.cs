namespace MicroChat.Model.Templates;

internal enum TokenKind { Data, VariableBegin, VariableEnd, BlockBegin, BlockEnd, Name, Text, Number, Operator, End }

/// <summary>A piece of a template.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Text">Its characters; of a text literal, its value.</param>
/// <param name="Value">The value of a number.</param>
/// <param name="Line">Where it begins, counted from 1.</param>
internal readonly record struct Token(TokenKind Kind, string Text, object? Value, int Line)
{
    public bool IsName(string name) => Kind == TokenKind.Name && Text == name;

    public bool IsOperator(string sign) => Kind == TokenKind.Operator && Text == sign;

    /// <summary>How an error message calls it.</summary>
    public string Description => Kind switch
    {
        TokenKind.VariableEnd or TokenKind.BlockEnd => "the end of the tag",
        TokenKind.End => "the end of the template",
        _ => $"'{Text}'",
    };
}
