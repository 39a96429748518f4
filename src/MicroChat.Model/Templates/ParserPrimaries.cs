namespace MicroChat.Model.Templates;

/// <summary>Arguments of calls, names, literals and brackets.</summary>
internal sealed partial class Parser
{
    private ArgumentList ParseArguments()
    {
        Enter();
        var arguments = new ArgumentList();
        ExpectOperator("(");
        for (bool first = true; !Current.IsOperator(")"); first = false)
        {
            if (!first) ExpectOperator(",");
            if (Current.IsOperator(")")) break;
            ParseArgument(arguments);
        }
        at++;
        nesting--;
        return arguments;
    }

    private void ParseArgument(ArgumentList arguments)
    {
        bool fits = arguments.NamedRest is null;
        if (TakeOperator("*"))
        {
            fits &= arguments.Rest is null;
            arguments.Parts.Add(arguments.Rest = ParseExpression());
        }
        else if (TakeOperator("**")) arguments.Parts.Add(arguments.NamedRest = ParseExpression());
        else if (Current.Kind == TokenKind.Name && Ahead.IsOperator("="))
        {
            string name = Take().Text;
            at++;
            fits &= !arguments.Named.Exists(other => other.Name == name);
            arguments.Named.Add((name, ParseExpression()));
            arguments.Parts.Add(arguments.Named[^1].Value);
        }
        else
        {
            fits &= arguments.Rest is null && arguments.Named.Count == 0;
            arguments.Positional.Add(ParseExpression());
            arguments.Parts.Add(arguments.Positional[^1]);
        }
        if (!fits) throw Fail("The arguments of a call are in no allowed order.");
    }

    private Expression ParsePrimary()
    {
        Token token = Take();
        switch (token.Kind)
        {
            case TokenKind.Name: return ParseName(token);
            case TokenKind.Number: return new Constant(token.Value, token.Line);
            case TokenKind.Text:
                string text = token.Text;
                while (Current.Kind == TokenKind.Text) text += Take().Text;
                return new Constant(text, token.Line);
            case TokenKind.Operator when token.Text is "(" or "[" or "{":
                Enter();
                Expression group = token.Text == "(" ? ParseTuple(mayBeEmpty: true) : ParseItems(token, token.Text == "[" ? "]" : "}");
                if (token.Text == "(") ExpectOperator(")");
                nesting--;
                return group;
            default: throw new TemplateException($"An expression is wanted, {token.Description} is there.", token.Line);
        }
    }

    private Expression ParseName(Token token)
    {
        switch (token.Text)
        {
            case "true" or "True": return new Constant(true, token.Line);
            case "false" or "False": return new Constant(false, token.Line);
            case "none" or "None": return new Constant(null, token.Line);
            case "caller" or "varargs" or "kwargs":
                foreach (MacroNames names in macros)
                {
                    names.Caller |= token.Text == "caller";
                    names.Varargs |= token.Text == "varargs";
                    names.Kwargs |= token.Text == "kwargs";
                }
                break;
        }
        return new NameExpression(token.Text, token.Line);
    }

    private Expression ParseItems(Token begin, string end)
    {
        var items = new List<Expression>();
        for (bool first = true; !Current.IsOperator(end); first = false)
        {
            if (!first) ExpectOperator(",");
            if (Current.IsOperator(end)) break;
            items.Add(ParseExpression());
            if (end == "]") continue;
            ExpectOperator(":");
            items.Add(ParseExpression());
        }
        at++;
        return end == "]" ? new SequenceExpression(items, isTuple: false, begin.Line) : new DictionaryExpression(items, begin.Line);
    }
}
