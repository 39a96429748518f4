using System.Numerics;

namespace MicroChat.Model.Templates;

/// <summary>Filters that give numbers, or take them.</summary>
internal static class NumberFilters
{
    public static object? ToInteger(object? value, RenderState state, Arguments arguments)
    {
        object?[] given = arguments.Match("int", 0, "default", "base");
        if (value is Undefined missing) throw new TemplateException(missing.Message);
        if (value is double number && double.IsInfinity(number)) throw new TemplateException("An infinite number is no integer.");
        int radix = Arguments.Integer(given[1], 10);
        object? whole = Texts.TryGet(value, out string? text) ? (radix is 0 or (>= 2 and <= 36) ? Numbers.ParseInteger(text, radix) : null)
            : value is double ? Truncated((double)value) : Numbers.IsInteger(value) ? Numbers.Of(Numbers.Big(value)) : null;
        return whole ?? (text is not null && Floats.Parse(text) is { } parsed ? Truncated(parsed) : null) ?? Arguments.Or(given[0], 0L);
    }

    private static object? Truncated(double value) => double.IsFinite(value) ? Numbers.Of(new BigInteger(value)) : null;

    public static object? ToFloat(object? value, RenderState state, Arguments arguments)
    {
        object? otherwise = Arguments.Or(arguments.Match("float", 0, "default")[0], 0.0);
        if (value is Undefined missing) throw new TemplateException(missing.Message);
        return Numbers.IsNumber(value) ? Numbers.Double(value) : Texts.TryGet(value, out string? text) && Floats.Parse(text) is { } number ? number : otherwise;
    }

    public static object? Round(object? value, RenderState state, Arguments arguments)
    {
        object?[] given = arguments.Match("round", 0, "precision", "method");
        string method = given[1] is Missing ? "common" : Arguments.Text(given[1], "round");
        if (method is not ("common" or "ceil" or "floor")) throw new TemplateException($"round knows the methods common, ceil and floor, not '{method}'.");
        if (!Numbers.IsNumber(value)) throw new TemplateException($"round wants a number, not '{TypeNames.Of(value)}'.");
        int places = Math.Clamp(Arguments.Integer(given[0], 0), -4_000, 4_000);
        if (method == "common") return value is double number ? Floats.Round(number, places) : RoundInteger(Numbers.Big(value), places);
        object scale = Numbers.Power(10L, (long)places), scaled = Numbers.Multiply(value, scale);
        double whole = Numbers.Double(scaled);
        if (!double.IsFinite(whole)) throw new TemplateException("An infinite number cannot be rounded so.");
        return Numbers.Divide(Numbers.Of(new BigInteger(method == "ceil" ? Math.Ceiling(whole) : Math.Floor(whole))), scale);
    }

    private static object RoundInteger(BigInteger value, int places)
    {
        if (places >= 0) return Numbers.Of(value);
        BigInteger unit = BigInteger.Pow(10, -places), quotient = BigInteger.DivRem(BigInteger.Abs(value), unit, out BigInteger rest);
        int half = (rest * 2).CompareTo(unit);
        if (half > 0 || (half == 0 && !quotient.IsEven)) quotient++;
        return Numbers.Of(quotient * unit * value.Sign);
    }

    public static object? Absolute(object? value, RenderState state, Arguments arguments)
    {
        arguments.Nothing("abs");
        return value switch
        {
            double number => Math.Abs(number),
            Undefined missing => throw new TemplateException(missing.Message),
            _ when Numbers.IsInteger(value) => Numbers.Of(BigInteger.Abs(Numbers.Big(value))),
            _ => throw new TemplateException($"abs wants a number, not '{TypeNames.Of(value)}'."),
        };
    }

    public static object? FileSize(object? value, RenderState state, Arguments arguments)
    {
        bool isBinary = Sequences.IsTrue(Arguments.Or(arguments.Match("filesizeformat", 0, "binary")[0], false));
        double bytes = Numbers.IsNumber(value) ? Numbers.Double(value)
            : Texts.TryGet(value, out string? text) && Floats.Parse(text) is { } parsed ? parsed
            : throw new TemplateException($"filesizeformat wants a number, not '{TypeNames.Of(value)}'.");
        double unit = isBinary ? 1024 : 1000, size = unit;
        if (bytes == 1) return "1 Byte";
        if (bytes < unit) return $"{Floats.Fixed(Math.Truncate(bytes), 0)} Bytes";
        string[] prefixes = isBinary ? ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB", "ZiB", "YiB"] : ["kB", "MB", "GB", "TB", "PB", "EB", "ZB", "YB"];
        int prefix = 0;
        while (prefix + 1 < prefixes.Length && bytes >= size * unit)
        {
            size *= unit;
            prefix++;
        }
        return $"{Floats.Fixed(bytes / size, 1)} {prefixes[prefix]}";
    }
}

/// <summary>Attributes and methods of numbers.</summary>
internal static class NumberMethods
{
    public static bool TryAttribute(object number, string name, out object? value)
    {
        value = (name, number is double) switch
        {
            ("real", true) => number,
            ("imag", true) => 0.0,
            ("real" or "numerator", false) => Numbers.Of(Numbers.Big(number)),
            ("imag", false) => 0L,
            ("denominator", false) => 1L,
            _ => null,
        };
        return value is not null;
    }

    public static Method? Find(object? number, string name) => (name, number is double) switch
    {
        ("bit_length", false) => (self, state, arguments) => (long)BigInteger.Abs(Numbers.Big(self)).GetBitLength(),
        ("bit_count", false) => (self, state, arguments) => (long)BigInteger.PopCount(BigInteger.Abs(Numbers.Big(self))),
        ("is_integer", true) => (self, state, arguments) => double.IsInteger((double)self),
        ("conjugate", _) => (self, state, arguments) => Numbers.Add(self, 0L),
        _ => null,
    };
}
