namespace MicroChat.Model.Templates;

/// <summary>The smaller tags, and targets of assignments.</summary>
internal sealed partial class Parser
{
    private WithStatement ParseWith(int line)
    {
        var targets = new List<Target>();
        var values = new List<Expression>();
        while (Current.Kind != TokenKind.BlockEnd)
        {
            if (targets.Count > 0) ExpectOperator(",");
            targets.Add(ParseTarget());
            ExpectOperator("=");
            values.Add(ParseExpression());
        }
        return new WithStatement(targets, values, ParseBodyUntil("endwith"), line);
    }

    private BlockStatement ParseBlock(int line)
    {
        string name = ExpectName();
        bool isScoped = TakeName("scoped");
        if (TakeName("required")) throw Fail("A required block belongs to a template that others extend; a chat template stands alone.");
        int outerLoops = loops;
        loops = 0;
        ExpectEnd(TokenKind.BlockEnd);
        Body body = ParseBody("'block'", "endblock");
        at++;
        if (Current.Kind == TokenKind.Name && !TakeName(name)) throw Fail($"The block '{name}' ends with another name.");
        loops = outerLoops;
        var block = new BlockStatement(name, isScoped, body, line);
        return Blocks.TryAdd(name, block) ? block : throw new TemplateException($"The block '{name}' is defined twice.", line);
    }

    private ScopedStatement ParseAutoEscape(int line)
    {
        Expression isOn = ParseExpression();
        return new ScopedStatement(isOn, ParseBodyUntil("endautoescape"), line);
    }

    private List<Statement> ParsePrint(int line)
    {
        var prints = new List<Statement>();
        while (Current.Kind != TokenKind.BlockEnd)
        {
            if (prints.Count > 0) ExpectOperator(",");
            prints.Add(new PrintStatement(ParseExpression(), line));
        }
        return prints;
    }

    private JumpStatement ParseJump(string tag, int line) => loops > 0
        ? new JumpStatement(tag == "break" ? Flow.Break : Flow.Continue, line)
        : throw new TemplateException($"'{tag}' stands outside of a loop.", line);

    private ForeignTemplateStatement ParseForeign(string tag, int line)
    {
        while (Current.Kind is not (TokenKind.BlockEnd or TokenKind.End)) at++;
        return new ForeignTemplateStatement(tag, line);
    }

    /// <summary>A target: a name, several in a tuple, or where it is allowed an attribute of a namespace.</summary>
    private Target ParseTarget(bool withNamespace = false, bool endsAtIn = false)
    {
        var targets = new List<Target>();
        bool isTuple = false;
        while (true)
        {
            if (Current.Kind is TokenKind.BlockEnd or TokenKind.VariableEnd || Current.IsOperator(")") || (endsAtIn && Current.IsName("in"))) break;
            targets.Add(ParseOneTarget(withNamespace));
            if (!TakeOperator(",")) break;
            isTuple = true;
        }
        if (targets.Count == 0) throw Fail($"A name to set is wanted, {Current.Description} is there.");
        return isTuple ? new TupleTarget(targets) : targets[0];
    }

    private Target ParseOneTarget(bool withNamespace)
    {
        if (TakeOperator("("))
        {
            Enter();
            Target inner = ParseTarget();
            ExpectOperator(")");
            nesting--;
            return inner;
        }
        string name = ExpectName();
        RefuseConstant(name);
        return withNamespace && TakeOperator(".") ? new NamespaceTarget(name, ExpectName()) : new NameTarget(name);
    }
}
