using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Numerics;

namespace MicroChat.Model.Templates;

/// <summary>Python's numbers: integers without bound (here: 4,300 digits), floats, and booleans that count as integers.</summary>
internal static class Numbers
{
    private const long MaximumBits = 14_300;

    public static bool IsNumber([NotNullWhen(true)] object? value) => value is long or double or bool or BigInteger;

    public static bool IsInteger([NotNullWhen(true)] object? value) => value is long or bool or BigInteger;

    /// <summary>An integer in its smallest form; refuses those of more than 4,300 digits.</summary>
    public static object Of(BigInteger value) =>
        value >= long.MinValue && value <= long.MaxValue ? (object)(long)value
        : value.GetBitLength() > MaximumBits ? throw new TemplateException("An integer of more than 4,300 digits arises.") : value;

    public static BigInteger Big(object value) => value switch { bool flag => flag ? 1 : 0, long number => number, _ => (BigInteger)value };

    public static double Double(object value) => value switch
    {
        double number => number,
        long number => number,
        bool flag => flag ? 1 : 0,
        _ => (double)(BigInteger)value is var wide && double.IsFinite(wide) ? wide : throw new TemplateException("The integer is too large for a float."),
    };

    public static string Digits(BigInteger value) => value.ToString(CultureInfo.InvariantCulture);

    /// <summary>An integer argument or index: also a boolean; beyond 64 bits the nearest that fits.</summary>
    public static bool TryIndex(object? value, out long index)
    {
        index = value switch
        {
            long number => number,
            bool flag => flag ? 1 : 0,
            BigInteger number => number.Sign < 0 ? long.MinValue : long.MaxValue,
            _ => 0,
        };
        return IsInteger(value);
    }

    /// <summary>An argument that must be an integer.</summary>
    public static long Index(object? value) => TryIndex(value, out long index) ? index
        : throw new TemplateException($"A '{TypeNames.Of(value)}' object stands where an integer is wanted.");

    /// <summary>Order of two numbers; exact also between integers and floats. A NaN gives 2.</summary>
    public static int Compare(object a, object b)
    {
        if (a is long left && b is long right) return left.CompareTo(right);
        if (a is not double && b is not double) return Big(a).CompareTo(Big(b));
        if (a is double x && b is double y) return double.IsNaN(x) || double.IsNaN(y) ? 2 : x.CompareTo(y);
        if (a is double number) return double.IsNaN(number) ? 2 : CompareMixed(number, Big(b));
        return double.IsNaN((double)b) ? 2 : -CompareMixed((double)b, Big(a));
    }

    private static int CompareMixed(double number, BigInteger integer)
    {
        if (double.IsInfinity(number)) return number > 0 ? 1 : -1;
        double floor = Math.Floor(number);
        int whole = new BigInteger(floor).CompareTo(integer);
        return whole != 0 ? whole : number > floor ? 1 : 0;
    }

    public static object Add(object a, object b)
    {
        if (a is long x && b is long y && x + y is var sum && ((x ^ sum) & (y ^ sum)) >= 0) return sum;
        return a is double || b is double ? Double(a) + Double(b) : Of(Big(a) + Big(b));
    }

    public static object Subtract(object a, object b) =>
        a is double || b is double ? Double(a) - Double(b) : Of(Big(a) - Big(b));

    public static object Multiply(object a, object b) =>
        a is double || b is double ? Double(a) * Double(b) : Of(Big(a) * Big(b));

    public static object Divide(object a, object b)
    {
        double divisor = Double(b);
        return divisor == 0 ? throw ByZero() : Double(a) / divisor;
    }

    /// <summary>a // b, rounded towards negative infinity.</summary>
    public static object FloorDivide(object a, object b)
    {
        if (a is double || b is double) return FloatDivision(Double(a), Double(b)).Quotient;
        BigInteger quotient = BigInteger.DivRem(Big(a), NotZero(Big(b)), out BigInteger rest);
        return Of(!rest.IsZero && rest.Sign != Big(b).Sign ? quotient - 1 : quotient);
    }

    /// <summary>a % b, with the sign of the divisor.</summary>
    public static object Modulo(object a, object b)
    {
        if (a is double || b is double) return FloatDivision(Double(a), Double(b)).Remainder;
        BigInteger divisor = NotZero(Big(b)), rest = BigInteger.Remainder(Big(a), divisor);
        return Of(!rest.IsZero && rest.Sign != divisor.Sign ? rest + divisor : rest);
    }

    private static (double Quotient, double Remainder) FloatDivision(double a, double b)
    {
        if (b == 0) throw ByZero();
        double rest = a % b, quotient = (a - rest) / b;
        if (rest != 0 && rest < 0 != b < 0)
        {
            rest += b;
            quotient -= 1;
        }
        else if (rest == 0)
        {
            rest = Math.CopySign(0, b);
        }
        double floor = Math.Floor(quotient);
        return (quotient - floor > 0.5 ? floor + 1 : quotient == 0 ? Math.CopySign(0, a / b) : floor, rest);
    }

    public static object Power(object a, object b)
    {
        if (a is not double && b is not double && Big(b).Sign >= 0)
        {
            BigInteger root = Big(a), exponent = Big(b);
            if (root.IsZero || root.IsOne || root == BigInteger.MinusOne) return Of(BigInteger.Pow(root, exponent.IsZero ? 0 : exponent.IsEven ? 2 : 1));
            if (exponent * (BigInteger.Abs(root).GetBitLength() - 1) > MaximumBits) throw new TemplateException("An integer of more than 4,300 digits arises.");
            return Of(BigInteger.Pow(root, (int)exponent));
        }
        double result = Math.Pow(Double(a), Double(b));
        if (Double(a) == 0 && Double(b) < 0) throw ByZero();
        if (double.IsNaN(result) && Double(a) < 0) throw new TemplateException("A negative number has no such power among the real numbers.");
        if (double.IsInfinity(result) && double.IsFinite(Double(a)) && double.IsFinite(Double(b))) throw new TemplateException("The power is too large for a float.");
        return result;
    }

    public static object Negate(object value) => value is double number ? -number : Of(-Big(value));

    /// <summary>Python's int(text, radix): blanks around, a sign, underscores between digits; null where it is no number.</summary>
    public static object? ParseInteger(string text, int radix)
    {
        string digits = PythonText.Strip(text, null, left: true, right: true);
        bool negative = digits.StartsWith('-');
        if (negative || digits.StartsWith('+')) digits = digits[1..];
        if (digits.Length > 2 && digits[0] == '0' && "xob".IndexOf(char.ToLowerInvariant(digits[1])) is >= 0 and var kind
            && (radix == 0 || radix == (kind == 0 ? 16 : kind == 1 ? 8 : 2)))
        {
            radix = kind == 0 ? 16 : kind == 1 ? 8 : 2;
            digits = digits[2] == '_' ? digits[3..] : digits[2..];
        }
        else if (radix == 0)
        {
            if (digits.Length > 1 && digits[0] == '0' && digits.AsSpan().Trim("0_").Length > 0) return null;
            radix = 10;
        }
        if (digits.Length is 0 or > 4_300 || digits.StartsWith('_') || digits.EndsWith('_') || digits.Contains("__", StringComparison.Ordinal)) return null;
        BigInteger value = 0;
        foreach (char c in digits)
        {
            if (c == '_') continue;
            int digit = char.IsAsciiLetter(c) ? char.ToLowerInvariant(c) - 'a' + 10 : (int)CharUnicodeInfo.GetDecimalDigitValue(c);
            if (digit < 0 || digit >= radix) return null;
            value = value * radix + digit;
        }
        return Of(negative ? -value : value);
    }

    private static BigInteger NotZero(BigInteger divisor) => divisor.IsZero ? throw ByZero() : divisor;

    private static TemplateException ByZero() => new("Division by zero.");
}
