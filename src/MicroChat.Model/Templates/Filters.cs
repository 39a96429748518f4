namespace MicroChat.Model.Templates;

internal delegate object? Filter(object? value, RenderState state, Arguments arguments);

/// <summary>The filters by name.</summary>
/// <remarks>Source: Jinja 3.1 documentation, "List of Builtin Filters"; tojson as transformers replaces it.</remarks>
internal static class Filters
{
    public static TemplateException Unknown(string name, int line) => new($"There is no filter '{name}'.", line);

    public static Filter? Find(string name) => FindForText(name) ?? FindForList(name) ?? name switch
    {
        "default" or "d" => Default,
        "tojson" => TemplateJson.Filter,
        "int" => NumberFilters.ToInteger,
        "float" => NumberFilters.ToFloat,
        "round" => NumberFilters.Round,
        "abs" => NumberFilters.Absolute,
        "filesizeformat" => NumberFilters.FileSize,
        "attr" => Attribute,
        "pprint" => PrettyPrint,
        "random" or "urlize" => (_, _, _) => throw new TemplateException($"The filter '{name}' is not available in chat templates."),
        _ => null,
    };

    private static Filter? FindForText(string name) => name switch
    {
        "upper" => TextFilters.Upper,
        "lower" => TextFilters.Lower,
        "capitalize" => TextFilters.Capitalize,
        "title" => TextFilters.Title,
        "trim" => TextFilters.Trim,
        "replace" => TextFilters.Replace,
        "string" => TextFilters.String,
        "safe" => TextFilters.Safe,
        "escape" or "e" => TextFilters.Escape,
        "forceescape" => TextFilters.ForceEscape,
        "indent" => TextFilters.Indent,
        "center" => TextFilters.Center,
        "format" => TextFilters.Format,
        "striptags" => TextFilters.StripTags,
        "truncate" => TextFilters.Truncate,
        "wordwrap" => TextFilters.WordWrap,
        "wordcount" => TextFilters.WordCount,
        "urlencode" => TextFilters.UrlEncode,
        "xmlattr" => TextFilters.XmlAttributes,
        _ => null,
    };

    private static Filter? FindForList(string name) => name switch
    {
        "length" or "count" => ListFilters.Length,
        "join" => ListFilters.Join,
        "list" => ListFilters.ToList,
        "first" => ListFilters.First,
        "last" => ListFilters.Last,
        "reverse" => ListFilters.Reverse,
        "items" => ListFilters.Items,
        "batch" => ListFilters.Batch,
        "slice" => ListFilters.Slice,
        "map" => SelectionFilters.Map,
        "select" => SelectionFilters.Select,
        "reject" => SelectionFilters.Reject,
        "selectattr" => SelectionFilters.SelectAttribute,
        "rejectattr" => SelectionFilters.RejectAttribute,
        "sum" => SelectionFilters.Sum,
        "sort" => OrderFilters.Sort,
        "dictsort" => OrderFilters.SortDictionary,
        "unique" => OrderFilters.Unique,
        "min" => OrderFilters.Minimum,
        "max" => OrderFilters.Maximum,
        "groupby" => OrderFilters.GroupBy,
        _ => null,
    };

    private static object? Default(object? value, RenderState state, Arguments arguments)
    {
        object?[] given = arguments.Match("default", 0, "default_value", "boolean");
        bool replaces = value is Undefined || (Sequences.IsTrue(Arguments.Or(given[1], false)) && !Sequences.IsTrue(value));
        return replaces ? Arguments.Or(given[0], "") : value;
    }

    private static object? Attribute(object? value, RenderState state, Arguments arguments) =>
        Members.AttributeOnly(value, Arguments.Text(arguments.One("attr"), "attr"));

    private static object? PrettyPrint(object? value, RenderState state, Arguments arguments)
    {
        arguments.Nothing("pprint");
        string text = Texts.Repr(OrderFilters.WithSortedKeys(value, state), state);
        return text.Length <= 80 ? text : throw new TemplateException("pprint is built for values that fit into one line of 80 characters; use tojson.");
    }
}
