namespace MicroChat.Model.Templates;

/// <summary>Expressions, from the loosest operator to the tightest.</summary>
/// <remarks>Source: Jinja 3.1 documentation, "Template Designer: Expressions"; the order of ~, ** and signs from its behaviour.</remarks>
internal sealed partial class Parser
{
    /// <summary>An expression, or a tuple without parentheses.</summary>
    private Expression ParseTuple(bool withConditional = true, string? endName = null, bool mayBeEmpty = false)
    {
        int line = Current.Line;
        var items = new List<Expression>();
        bool isTuple = false;
        while (!(Current.Kind is TokenKind.BlockEnd or TokenKind.VariableEnd || Current.IsOperator(")") || (endName is not null && Current.IsName(endName))))
        {
            items.Add(withConditional ? ParseExpression() : ParseOr());
            if (!TakeOperator(",")) break;
            isTuple = true;
        }
        if (!isTuple && items.Count == 1) return items[0];
        if (!isTuple && !mayBeEmpty) throw Fail($"An expression is wanted, {Current.Description} is there.");
        return new SequenceExpression(items, isTuple: true, line);
    }

    private Expression ParseExpression()
    {
        Enter();
        int line = Current.Line;
        Expression value = ParseOr();
        while (TakeName("if"))
        {
            Expression condition = ParseOr();
            Expression? otherwise = TakeName("else") ? ParseExpression() : null;
            value = new ConditionalExpression(condition, value, otherwise, line);
        }
        nesting--;
        return value;
    }

    private Expression ParseOr()
    {
        Expression left = ParseAnd();
        while (Current.IsName("or")) left = new LogicalExpression(isAnd: false, left, After(ParseAnd, out int line), line);
        return left;
    }

    private Expression ParseAnd()
    {
        Expression left = ParseNot();
        while (Current.IsName("and")) left = new LogicalExpression(isAnd: true, left, After(ParseNot, out int line), line);
        return left;
    }

    /// <summary>Takes the operator, then reads its right operand.</summary>
    private Expression After(Func<Expression> operand, out int line)
    {
        line = Take().Line;
        return operand();
    }

    private Expression ParseNot()
    {
        int line = Current.Line;
        if (!TakeName("not")) return ParseCompare();
        Enter();
        Expression operand = ParseNot();
        nesting--;
        return new UnaryExpression("not", operand, line);
    }

    private Expression ParseCompare()
    {
        int line = Current.Line;
        Expression first = ParseSum();
        var links = new List<(string, Expression)>();
        while (true)
        {
            if (Current is { Kind: TokenKind.Operator, Text: "==" or "!=" or "<" or "<=" or ">" or ">=" }) links.Add((Take().Text, ParseSum()));
            else if (TakeName("in")) links.Add(("in", ParseSum()));
            else if (Current.IsName("not") && Ahead.IsName("in"))
            {
                at += 2;
                links.Add(("not in", ParseSum()));
            }
            else break;
        }
        return links.Count == 0 ? first : new CompareExpression(first, links, line);
    }

    private Expression ParseSum()
    {
        Expression left = ParseJoin();
        while (Current is { Kind: TokenKind.Operator, Text: "+" or "-" } sign) left = new BinaryExpression(sign.Text, left, After(ParseJoin, out int line), line);
        return left;
    }

    private Expression ParseJoin()
    {
        Expression first = ParseProduct();
        if (!Current.IsOperator("~")) return first;
        var parts = new List<Expression> { first };
        while (TakeOperator("~")) parts.Add(ParseProduct());
        return new JoinExpression(parts, first.Line);
    }

    private Expression ParseProduct()
    {
        Expression left = ParsePower();
        while (Current is { Kind: TokenKind.Operator, Text: "*" or "/" or "//" or "%" } sign) left = new BinaryExpression(sign.Text, left, After(ParsePower, out int line), line);
        return left;
    }

    private Expression ParsePower()
    {
        Expression left = ParseFiltered();
        while (Current.IsOperator("**")) left = new BinaryExpression("**", left, After(ParseFiltered, out int line), line);
        return left;
    }

    private Expression ParseFiltered()
    {
        Expression value = ParseSigned();
        while (true)
        {
            if (Current.IsOperator("|")) value = ParseFilters(value);
            else if (Current.IsName("is")) value = ParseTest(value);
            else if (Current.IsOperator("(")) value = ParseCallOf(value);
            else return value;
        }
    }

    // A sign takes its operand without filters, then postfixes apply to the signed value.
    private Expression ParseSigned()
    {
        if (Current is not { Kind: TokenKind.Operator, Text: "-" or "+" } sign) return ParsePostfix(ParsePrimary());
        Enter();
        at++;
        Expression operand = ParseSigned();
        nesting--;
        return ParsePostfix(new UnaryExpression(sign.Text, operand, sign.Line));
    }

    private Expression ParsePostfix(Expression value)
    {
        while (true)
        {
            if (Current.IsOperator(".")) value = ParseAttribute(value);
            else if (Current.IsOperator("[")) value = ParseItem(value);
            else if (Current.IsOperator("(")) value = ParseCallOf(value);
            else return value;
        }
    }

    private Expression ParseAttribute(Expression owner)
    {
        int line = Take().Line;
        Token name = Take();
        if (name.Kind == TokenKind.Name) return new AttributeExpression(owner, name.Text, line);
        if (name is { Kind: TokenKind.Number, Value: not double }) return new ItemExpression(owner, new Constant(name.Value, line), line);
        throw new TemplateException($"After '.' a name or a number is wanted, {name.Description} is there.", name.Line);
    }

    private ItemExpression ParseItem(Expression owner)
    {
        Enter();
        int line = Take().Line;
        var keys = new List<Expression>();
        while (!Current.IsOperator("]"))
        {
            if (keys.Count > 0) ExpectOperator(",");
            keys.Add(ParseKey());
        }
        at++;
        nesting--;
        return new ItemExpression(owner, keys.Count == 1 ? keys[0] : new SequenceExpression(keys, isTuple: true, line), line);
    }

    private Expression ParseKey()
    {
        int line = Current.Line;
        var bounds = new Expression?[3];
        if (!Current.IsOperator(":"))
        {
            Expression key = ParseExpression();
            if (!Current.IsOperator(":")) return key;
            bounds[0] = key;
        }
        at++;
        if (!IsKeyEnd() && !Current.IsOperator(":")) bounds[1] = ParseExpression();
        if (TakeOperator(":") && !IsKeyEnd()) bounds[2] = ParseExpression();
        return new SliceExpression(bounds, line);
    }

    private bool IsKeyEnd() => Current.IsOperator("]") || Current.IsOperator(",");

    private CallExpression ParseCallOf(Expression callee)
    {
        int line = Current.Line;
        return new CallExpression(callee, ParseArguments(), line);
    }

    private Expression ParseFilters(Expression operand)
    {
        while (TakeOperator("|")) operand = ParseFilter(operand);
        return operand;
    }

    private FilterExpression ParseFilter(Expression operand)
    {
        int line = Current.Line;
        string name = ParseDottedName();
        return new FilterExpression(operand, name, Current.IsOperator("(") ? ParseArguments() : new ArgumentList(), line);
    }

    private string ParseDottedName()
    {
        string name = ExpectName();
        while (TakeOperator(".")) name += "." + ExpectName();
        return name;
    }

    private Expression ParseTest(Expression operand)
    {
        int line = Take().Line;
        bool isNegated = TakeName("not");
        string name = ParseDottedName();
        var arguments = new ArgumentList();
        if (Current.IsOperator("(")) arguments = ParseArguments();
        else if (Current.Kind is TokenKind.Name or TokenKind.Text or TokenKind.Number || Current.IsOperator("[") || Current.IsOperator("{"))
        {
            if (Current.IsName("is")) throw Fail("Tests cannot be chained with 'is'.");
            if (!(Current.IsName("else") || Current.IsName("or") || Current.IsName("and")))
            {
                Expression argument = ParsePostfix(ParsePrimary());
                arguments.Positional.Add(argument);
                arguments.Parts.Add(argument);
            }
        }
        var test = new TestExpression(operand, name, arguments, line);
        return isNegated ? new UnaryExpression("not", test, line) : test;
    }
}
