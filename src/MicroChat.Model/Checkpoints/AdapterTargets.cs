using System.Text.Json;
using System.Text.RegularExpressions;

namespace MicroChat.Model.Checkpoints;

/// <summary>The rules by which PEFT's config chooses modules: names, endings, regular expressions, layer numbers, patterns of rank and alpha.</summary>
internal sealed class AdapterTargets(string path, JsonFields fields, JsonElement root)
{
    private const string AllLinear = "all-linear";
    private static readonly TimeSpan LongestMatch = TimeSpan.FromMilliseconds(200);

    /// <summary>The chosen names, in the order of <paramref name="modules"/>.</summary>
    /// <exception cref="CheckpointException">Nothing is chosen, a name has no module, or an expression is broken or takes too long.</exception>
    public IReadOnlyList<string> Select(string[] modules)
    {
        Func<string, bool> isExcluded = root.TryGetProperty("exclude_modules", out JsonElement excluded) && excluded.ValueKind != JsonValueKind.Null
            ? Matcher("exclude_modules", excluded, modules, required: false) : _ => false;
        if (!root.TryGetProperty("target_modules", out JsonElement targets) || targets.ValueKind == JsonValueKind.Null)
        {
            throw fields.Wrong("target_modules", "a name, a list of names or a regular expression", AdapterConfig.Remedy);
        }
        bool isList = targets.ValueKind == JsonValueKind.Array;
        Func<string, bool> isTarget = Matcher("target_modules", targets, modules, required: true);
        string[] chosen = [.. modules.Where(name => isTarget(name) && !isExcluded(name) && (!isList || IsInLayers(name)))];
        return chosen.Length > 0 ? chosen
            : throw fields.Wrong("target_modules", "such that it chooses at least one linear layer of the base", "Use the base that the adapter was made for.");
    }

    /// <summary>The number that a pattern object gives a module: the first key that matches wins; null: none does.</summary>
    public double? Pattern(string field, string module)
    {
        if (!root.TryGetProperty(field, out JsonElement patterns) || patterns.ValueKind == JsonValueKind.Null)
        {
            return null;
        }
        if (patterns.ValueKind != JsonValueKind.Object)
        {
            throw fields.Wrong(field, "an object from expressions to numbers", AdapterConfig.Remedy);
        }
        foreach (JsonProperty entry in patterns.EnumerateObject())
        {
            if (IsMatch(field, Expression(field, $@"\A(.*\.)?({entry.Name})\z"), module))
            {
                return entry.Value.ValueKind == JsonValueKind.Number && entry.Value.TryGetDouble(out double number) && number > 0 && double.IsFinite(number) ? number
                    : throw fields.Wrong(field, "an object from expressions to numbers above 0", AdapterConfig.Remedy);
            }
        }
        return null;
    }

    /// <summary>The last part of a module's name.</summary>
    public static string End(string module) => module[(module.LastIndexOf('.') + 1)..];

    /// <summary>A pattern's key that this module alone matches.</summary>
    public static string Exactly(string module) => "^" + module.Replace(".", @"\.", StringComparison.Ordinal);

    private Func<string, bool> Matcher(string field, JsonElement given, string[] modules, bool required)
    {
        if (given.ValueKind == JsonValueKind.String)
        {
            string text = given.GetString()!;
            if (text == AllLinear)
            {
                return name => name.Contains(".layers.", StringComparison.Ordinal);
            }
            Regex whole = Expression(field, $@"\A(?:{text})\z");
            return name => IsMatch(field, whole, name);
        }
        IReadOnlyList<string> ends = fields.Texts(field);
        if (required && ends.FirstOrDefault(end => !modules.Any(name => Ends(name, end))) is { } lost)
        {
            throw new CheckpointException(
                $"{path}: {field} names {Untrusted.Quote(lost)}, which is no linear layer of the base, nor its embedding. Use the base that the adapter was made for.");
        }
        return name => ends.Any(end => Ends(name, end));
    }

    private static bool Ends(string name, string end) => name == end || name.EndsWith("." + end, StringComparison.Ordinal);

    private bool IsInLayers(string module)
    {
        IReadOnlyList<int> layers = fields.Integers("layers_to_transform", 0, int.MaxValue);
        if (!fields.Has("layers_to_transform"))
        {
            return true;
        }
        string[] patterns = !root.TryGetProperty("layers_pattern", out JsonElement given) || given.ValueKind == JsonValueKind.Null ? []
            : given.ValueKind == JsonValueKind.String ? [given.GetString()!] : [.. fields.Texts("layers_pattern")];
        foreach (string pattern in patterns.Where(p => p.Length > 0).DefaultIfEmpty("[^.]*"))
        {
            Match match = Matched("layers_pattern", Expression("layers_pattern", $@"\A.*\.{pattern}\.([0-9]+)\."), module);
            if (match.Success)
            {
                return int.TryParse(match.Groups[^1].ValueSpan, out int layer) && layers.Contains(layer);
            }
        }
        return false;
    }

    private Regex Expression(string field, string pattern)
    {
        try
        {
            return new Regex(pattern, RegexOptions.CultureInvariant, LongestMatch);
        }
        catch (ArgumentException e)
        {
            throw new CheckpointException($"{path}: {field} holds a broken regular expression ({e.Message}). {AdapterConfig.Remedy}", e);
        }
    }

    private bool IsMatch(string field, Regex expression, string module) => Matched(field, expression, module).Success;

    private Match Matched(string field, Regex expression, string module)
    {
        try
        {
            return expression.Match(module);
        }
        catch (RegexMatchTimeoutException e)
        {
            throw new CheckpointException(
                $"{path}: {field} holds a regular expression that took longer than {LongestMatch.TotalMilliseconds:F0} ms on {module}. Do not trust this adapter, or list the modules by name.", e);
        }
    }
}
