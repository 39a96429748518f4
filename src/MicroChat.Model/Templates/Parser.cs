using System.Runtime.CompilerServices;

namespace MicroChat.Model.Templates;

/// <summary>Reads the tokens of a template into statements.</summary>
/// <remarks>Source: Jinja 3.1 documentation, "Template Designer: List of Control Structures".</remarks>
internal sealed partial class Parser
{
    private readonly List<Token> tokens;
    private readonly TemplateLimits limits;
    private readonly Stack<MacroNames> macros = new();
    private int at;
    private int nesting;
    private int loops;
    private int openLoops;

    /// <summary>Which special names the macro that is being read uses.</summary>
    private sealed class MacroNames
    {
        public bool Caller, Varargs, Kwargs;
    }

    private Parser(List<Token> tokens, TemplateLimits limits)
    {
        this.tokens = tokens;
        this.limits = limits;
    }

    /// <summary>All blocks of the template.</summary>
    public Dictionary<string, BlockStatement> Blocks { get; } = new(StringComparer.Ordinal);

    public static (Body Body, Dictionary<string, BlockStatement> Blocks) Parse(List<Token> tokens, TemplateLimits limits)
    {
        var parser = new Parser(tokens, limits);
        Body body = parser.ParseBody("the template");
        return (body, parser.Blocks);
    }

    private Token Current => tokens[at];

    private Token Ahead => tokens[Math.Min(at + 1, tokens.Count - 1)];

    private Token Take() => tokens[at < tokens.Count - 1 ? at++ : at];

    private TemplateException Fail(string text) => new(text, Current.Line);

    private bool TakeName(string name)
    {
        if (!Current.IsName(name)) return false;
        at++;
        return true;
    }

    private bool TakeOperator(string sign)
    {
        if (!Current.IsOperator(sign)) return false;
        at++;
        return true;
    }

    private void ExpectOperator(string sign)
    {
        if (!TakeOperator(sign)) throw Fail($"'{sign}' is wanted, {Current.Description} is there.");
    }

    private string ExpectName() =>
        Current.Kind == TokenKind.Name ? Take().Text : throw Fail($"A name is wanted, {Current.Description} is there.");

    private void ExpectEnd(TokenKind kind)
    {
        if (Current.Kind != kind) throw Fail($"The end of the tag is wanted, {Current.Description} is there.");
        at++;
    }

    private void Enter()
    {
        if (++nesting > limits.NestingDepth || !RuntimeHelpers.TryEnsureSufficientExecutionStack())
            throw Fail($"The template nests more than {limits.NestingDepth} levels deep.");
    }

    /// <summary>Reads until one of the ending tags, and leaves the reader at its name; without ending tags: to the end of the template.</summary>
    private Body ParseBody(string owner, params ReadOnlySpan<string> ends)
    {
        Enter();
        var statements = new List<Statement>();
        while (true)
        {
            Token token = Take();
            if (token.Kind == TokenKind.End)
            {
                if (ends.Length > 0) throw Fail($"The template ends inside {owner}; '{{% {ends[^1]} %}}' is missing.");
                break;
            }
            if (token.Kind == TokenKind.Data) statements.Add(new TextStatement(token.Text, token.Line));
            else if (token.Kind == TokenKind.VariableBegin)
            {
                statements.Add(new PrintStatement(ParseTuple(), token.Line));
                ExpectEnd(TokenKind.VariableEnd);
            }
            else
            {
                if (Current.Kind == TokenKind.Name && ends.Contains(Current.Text)) break;
                statements.AddRange(ParseStatement());
                ExpectEnd(TokenKind.BlockEnd);
            }
        }
        nesting--;
        return new Body(statements);
    }

    /// <summary>The body of a tag with one ending tag, which is taken too.</summary>
    private Body ParseBodyUntil(string end)
    {
        ExpectEnd(TokenKind.BlockEnd);
        Body body = ParseBody($"'{end[3..]}'", end);
        at++;
        return body;
    }

    private List<Statement> ParseStatement()
    {
        int line = Current.Line;
        string tag = Current.Kind == TokenKind.Name ? Take().Text : throw Fail($"A tag's name is wanted, {Current.Description} is there.");
        return tag switch
        {
            "if" => [ParseIf(line)],
            "for" => [ParseFor(line)],
            "set" => [ParseSet(line)],
            "macro" => [ParseMacro(line)],
            "call" => [ParseCall(line)],
            "generation" => [new GenerationStatement(ParseFunctionBody("", [], [], "endgeneration", line))],
            "with" => [ParseWith(line)],
            "filter" => [ParseFilterBlock(line)],
            "block" => [ParseBlock(line)],
            "autoescape" => [ParseAutoEscape(line)],
            "print" => ParsePrint(line),
            "break" or "continue" => [ParseJump(tag, line)],
            "include" or "import" or "from" or "extends" => [ParseForeign(tag, line)],
            _ => throw new TemplateException($"There is no tag '{tag}', or it ends something that is not open.", line),
        };
    }

    private IfStatement ParseIf(int line)
    {
        var branches = new List<(Expression, Body)>();
        while (true)
        {
            Expression condition = ParseTuple(withConditional: false);
            ExpectEnd(TokenKind.BlockEnd);
            branches.Add((condition, ParseBody("'if'", "elif", "else", "endif")));
            if (!TakeName("elif")) break;
        }
        Body otherwise = new([]);
        if (TakeName("else")) otherwise = ParseBodyUntil("endif");
        else at++;
        return new IfStatement(branches, otherwise, line);
    }

    private LoopStatement ParseFor(int line)
    {
        int start = at;
        Target target = ParseTarget(endsAtIn: true);
        int afterTarget = at;
        at = start;
        Target testTarget = ParseTarget(endsAtIn: true);
        at = afterTarget;
        if (!TakeName("in")) throw Fail($"'in' is wanted, {Current.Description} is there.");
        Expression values = ParseTuple(withConditional: false, endName: "recursive");
        Expression? condition = TakeName("if") ? ParseExpression() : null;
        bool isRecursive = TakeName("recursive");
        ExpectEnd(TokenKind.BlockEnd);
        openLoops++;
        if (SetsLoop(start, afterTarget)) throw Fail("'loop' is the loop's own variable; it cannot be the target.");
        loops++;
        Body body = ParseBody("'for'", "else", "endfor");
        loops--;
        Body otherwise = new([]);
        if (TakeName("else")) otherwise = ParseBodyUntil("endfor");
        else at++;
        openLoops--;
        return new LoopStatement(target, testTarget, values, condition, body, otherwise, isRecursive, line);
    }

    private bool SetsLoop(int from, int to)
    {
        for (int token = from; token < to; token++)
            if (tokens[token].IsName("loop")) return true;
        return false;
    }

    private Statement ParseSet(int line)
    {
        int start = at;
        Target target = ParseTarget(withNamespace: true);
        if (openLoops > 0 && target is not NamespaceTarget && SetsLoop(start, at)) throw Fail("'loop' is the loop's own variable; it cannot be set.");
        if (TakeOperator("=")) return new SetStatement(target, ParseTuple(), line);
        Expression text = ParseFilters(new HeldText(line));
        return new CollectStatement(target, text, ParseBodyUntil("endset"), line);
    }

    private CollectStatement ParseFilterBlock(int line)
    {
        Expression text = ParseFilters(ParseFilter(new HeldText(line)));
        return new CollectStatement(null, text, ParseBodyUntil("endfilter"), line);
    }

    private MacroStatement ParseMacro(int line)
    {
        string name = ExpectName();
        RefuseConstant(name);
        (List<NameTarget> parameters, List<Expression> defaults) = ParseSignature();
        return new MacroStatement(new NameTarget(name), ParseFunctionBody(name, parameters, defaults, "endmacro", line));
    }

    private CallStatement ParseCall(int line)
    {
        (List<NameTarget> parameters, List<Expression> defaults) = Current.IsOperator("(") ? ParseSignature() : ([], []);
        if (ParseExpression() is not CallExpression call) throw Fail("A call block needs a call.");
        return new CallStatement(call, ParseFunctionBody("caller", parameters, defaults, "endcall", line));
    }

    private (List<NameTarget> Parameters, List<Expression> Defaults) ParseSignature()
    {
        var parameters = new List<NameTarget>();
        var defaults = new List<Expression>();
        ExpectOperator("(");
        while (!Current.IsOperator(")"))
        {
            if (parameters.Count > 0) ExpectOperator(",");
            string name = ExpectName();
            RefuseConstant(name);
            if (parameters.Exists(other => other.Name == name)) throw Fail($"The parameter '{name}' is there twice.");
            parameters.Add(new NameTarget(name));
            if (TakeOperator("=")) defaults.Add(ParseExpression());
            else if (defaults.Count > 0) throw Fail("A parameter without a default follows one with a default.");
        }
        at++;
        return (parameters, defaults);
    }

    private MacroDefinition ParseFunctionBody(string name, List<NameTarget> parameters, List<Expression> defaults, string end, int line)
    {
        int outerLoops = loops;
        loops = 0;
        var names = new MacroNames();
        macros.Push(names);
        Body body = ParseBodyUntil(end);
        macros.Pop();
        loops = outerLoops;
        return new MacroDefinition(name, parameters, defaults, body, line) { UsesCaller = names.Caller, UsesVarargs = names.Varargs, UsesKwargs = names.Kwargs };
    }

    private static void RefuseConstant(string name, int line)
    {
        if (name is "true" or "True" or "false" or "False" or "none" or "None")
            throw new TemplateException($"'{name}' is a constant; it cannot be set.", line);
    }

    private void RefuseConstant(string name) => RefuseConstant(name, Current.Line);
}
