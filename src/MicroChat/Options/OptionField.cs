using System.ComponentModel;
using System.Globalization;
using System.Reflection;

namespace MicroChat.Options;

/// <summary>One option: a property of a section of <see cref="AppOptions"/>, how it is read from text and how it is shown.</summary>
internal sealed class OptionField
{
    private readonly Func<AppOptions, object> owner;
    private readonly PropertyInfo property;
    private readonly Type type;
    private readonly LimitsAttribute? limits;

    private OptionField(Func<AppOptions, object> owner, string section, PropertyInfo property)
    {
        (this.owner, this.property, Section) = (owner, property, section);
        type = property.PropertyType;
        limits = property.GetCustomAttribute<LimitsAttribute>();
        Key = $"{section}:{property.Name}";
        IsSecret = property.IsDefined(typeof(SecretAttribute)) || property.GetCustomAttribute<PasswordPropertyTextAttribute>() is { Password: true };
    }

    /// <summary>Every option there is, section by section.</summary>
    public static IReadOnlyList<OptionField> All { get; } =
        [.. typeof(AppOptions).GetProperties().Where(section => section.CanWrite).SelectMany(section => Fields(options => section.GetValue(options)!, section.PropertyType, section.Name))];

    /// <summary>"Server:Port".</summary>
    public string Key { get; }

    /// <summary>"Server", or with the sections that it lies in "Training:Cycle:Gates".</summary>
    public string Section { get; }

    public string Name => property.Name;

    public bool IsSecret { get; }

    public bool IsList => type == typeof(IReadOnlyList<string>);

    /// <summary>Texts by names of the operator's own: "Personas:Places:123".</summary>
    public bool IsMap => type == typeof(IReadOnlyDictionary<string, string>);

    /// <summary>What the value must be, as the end of "it must be …".</summary>
    public string Wish => type switch
    {
        _ when IsList => "texts, separated by commas",
        _ when IsMap => $"single texts by name, each under {Key}:NAME",
        _ when type == typeof(bool) => "true or false",
        _ when type.IsEnum => $"one of {string.Join(", ", Enum.GetNames(type))}",
        _ when limits is not null => $"{(type == typeof(int) ? "a whole number" : "a number")} from {limits.Least} to {limits.Greatest}",
        _ when type == typeof(int) || type == typeof(long) => "a whole number",
        _ when type == typeof(double) => "a number",
        _ when type == typeof(TimeSpan) => "a time such as 00:00:30",
        _ => "a text",
    };

    /// <summary>The environment variable that sets it.</summary>
    public string Variable => OptionSources.Prefix + Key.Replace(":", "__", StringComparison.Ordinal);

    public object? Value(AppOptions options) => property.GetValue(owner(options));

    /// <summary>Sets it in options that nobody else has seen yet.</summary>
    public void Set(AppOptions target, object value) => property.SetValue(owner(target), value);

    /// <summary>The value for people and logs; secrets only say whether they are set.</summary>
    public string Show(AppOptions options) => Value(options) switch
    {
        IReadOnlyList<string> list when IsSecret => list.Count == 0 ? "(none)" : $"({list.Count} set, not shown)",
        string { Length: > 0 } when IsSecret => "(set, not shown)",
        IEnumerable<string> list => $"[{string.Join(", ", list)}]",
        IReadOnlyDictionary<string, string> map => $"{{{string.Join(", ", map.Select(pair => $"{pair.Key}: {pair.Value}"))}}}",
        string { Length: 0 } => "(not set)",
        var other => Convert.ToString(other, CultureInfo.InvariantCulture)!,
    };

    /// <summary>What was written, for an error message.</summary>
    public string Quote(string text) => IsSecret ? "(not shown)" : $"\"{text}\"";

    /// <summary>Reads a single value; points in the name of a choice, as in "discord.net", do not count.</summary>
    /// <returns>False: it cannot be what <see cref="Wish"/> says.</returns>
    public bool TryParse(string text, out object value)
    {
        object? parsed = type switch
        {
            _ when type == typeof(int) => int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int whole) && Within(whole) ? whole : null,
            _ when type == typeof(long) => long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long large) && Within(large) ? large : null,
            _ when type == typeof(double) =>
                double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && double.IsFinite(number) && Within(number) ? number : null,
            _ when type == typeof(TimeSpan) => TimeSpan.TryParseExact(text, "c", CultureInfo.InvariantCulture, out TimeSpan time) ? time : null,
            _ when type == typeof(bool) => bool.TryParse(text, out bool flag) ? flag : null,
            _ when type.IsEnum => Enum.GetNames(type).FirstOrDefault(name => name.Equals(text.Replace(".", "", StringComparison.Ordinal), StringComparison.OrdinalIgnoreCase)) is { } name ? Enum.Parse(type, name) : null,
            _ when IsMap => text.Length == 0 ? new Dictionary<string, string>() : null,
            _ when IsList => text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries),
            _ => text,
        };
        value = parsed ?? text;
        return parsed is not null;
    }

    private bool Within(double number) => limits is null || (number >= limits.Least && number <= limits.Greatest);

    /// <summary>The options of a section, those of the sections in it included.</summary>
    private static IEnumerable<OptionField> Fields(Func<AppOptions, object> owner, Type type, string section) => type.GetProperties().Where(property => property.CanWrite).SelectMany(property =>
        property.PropertyType.IsClass && property.PropertyType.Namespace == typeof(AppOptions).Namespace
            ? Fields(options => property.GetValue(owner(options))!, property.PropertyType, $"{section}:{property.Name}")
            : [new OptionField(owner, section, property)]);
}
