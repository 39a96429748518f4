using System.Globalization;
using System.Reflection;

namespace MicroChat.Options;

/// <summary>One option: a property of a section of <see cref="AppOptions"/>, how it is read from text and how it is shown.</summary>
internal sealed class OptionField
{
    private readonly PropertyInfo section;
    private readonly PropertyInfo property;
    private readonly Type type;
    private readonly LimitsAttribute? limits;

    private OptionField(PropertyInfo section, PropertyInfo property)
    {
        (this.section, this.property) = (section, property);
        type = property.PropertyType;
        limits = property.GetCustomAttribute<LimitsAttribute>();
        Key = $"{section.Name}:{property.Name}";
        IsSecret = property.IsDefined(typeof(SecretAttribute));
    }

    /// <summary>Every option there is, section by section.</summary>
    public static IReadOnlyList<OptionField> All { get; } =
    [
        .. from section in typeof(AppOptions).GetProperties()
           where section.CanWrite
           from property in section.PropertyType.GetProperties()
           where property.CanWrite
           select new OptionField(section, property),
    ];

    /// <summary>"Server:Port".</summary>
    public string Key { get; }

    public bool IsSecret { get; }

    public bool IsList => type == typeof(IReadOnlyList<string>);

    /// <summary>What the value must be, as the end of "it must be …".</summary>
    public string Wish => type switch
    {
        _ when IsList => "texts, separated by commas",
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

    public object? Value(AppOptions options) => property.GetValue(section.GetValue(options));

    /// <summary>Sets it in options that nobody else has seen yet.</summary>
    public void Set(AppOptions target, object value) => property.SetValue(section.GetValue(target), value);

    /// <summary>The value for people and logs; secrets only say whether they are set.</summary>
    public string Show(AppOptions options) => Value(options) switch
    {
        IReadOnlyList<string> list when IsSecret => list.Count == 0 ? "(none)" : $"({list.Count} set, not shown)",
        string { Length: > 0 } when IsSecret => "(set, not shown)",
        IEnumerable<string> list => $"[{string.Join(", ", list)}]",
        string { Length: 0 } => "(not set)",
        var other => Convert.ToString(other, CultureInfo.InvariantCulture)!,
    };

    /// <summary>What was written, for an error message.</summary>
    public string Quote(string text) => IsSecret ? "(not shown)" : $"\"{text}\"";

    /// <summary>Reads a single value.</summary>
    /// <returns>False: it cannot be what <see cref="Wish"/> says.</returns>
    public bool TryParse(string text, out object value)
    {
        value = text;
        if (type == typeof(int))
        {
            bool whole = int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number);
            value = number;
            return whole && Within(number);
        }
        if (type == typeof(long))
        {
            bool whole = long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number);
            value = number;
            return whole && Within(number);
        }
        if (type == typeof(TimeSpan))
        {
            bool span = TimeSpan.TryParseExact(text, "c", CultureInfo.InvariantCulture, out TimeSpan time);
            value = time;
            return span;
        }
        if (type == typeof(double))
        {
            bool parsed = double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number);
            value = number;
            return parsed && double.IsFinite(number) && Within(number);
        }
        if (type == typeof(bool))
        {
            bool truth = bool.TryParse(text, out bool flag);
            value = flag;
            return truth;
        }
        if (type.IsEnum)
        {
            bool named = Enum.TryParse(type, text, ignoreCase: true, out object? member) && Enum.GetNames(type).Contains(text, StringComparer.OrdinalIgnoreCase);
            value = member ?? text;
            return named;
        }
        if (IsList)
        {
            value = text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        }
        return true;
    }

    private bool Within(double number) => limits is null || (number >= limits.Least && number <= limits.Greatest);
}
