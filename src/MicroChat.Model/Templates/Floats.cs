using System.Globalization;
using System.Numerics;
using System.Text;

namespace MicroChat.Model.Templates;

/// <summary>Python's floats as text, and rounding to decimal places, half to even, by the exact binary value.</summary>
internal static class Floats
{
    /// <summary>The shortest text that reads back as the same number; with an exponent from 1e16 on and below 1e-4.</summary>
    public static string Repr(double value)
    {
        if (!double.IsFinite(value)) return NotFinite(value);
        (string digits, int point) = Shortest(Math.Abs(value));
        string sign = double.IsNegative(value) ? "-" : "";
        return sign + (point is > 16 or < -3 ? Exponential(digits, point - 1) : point <= 0 ? "0." + new string('0', -point) + digits
            : point >= digits.Length ? digits + new string('0', point - digits.Length) + ".0"
            : digits[..point] + "." + digits[point..]);
    }

    public static string NotFinite(double value) => double.IsNaN(value) ? "nan" : value > 0 ? "inf" : "-inf";

    private static string Exponential(string digits, int exponent) =>
        digits[..1] + (digits.Length > 1 ? "." + digits[1..] : "") + "e" + (exponent < 0 ? "-" : "+") + Math.Abs(exponent).ToString("00", CultureInfo.InvariantCulture);

    // The number is 0.DIGITS times ten to the power of Point.
    private static (string Digits, int Point) Shortest(double value)
    {
        if (value == 0) return ("0", 1);
        string text = value.ToString("E16", CultureInfo.InvariantCulture);
        string shortest = value.ToString("R", CultureInfo.InvariantCulture);
        int e = shortest.IndexOf('E', StringComparison.Ordinal);
        string mantissa = e < 0 ? shortest : shortest[..e];
        string digits = mantissa.Replace(".", "", StringComparison.Ordinal).Trim('0');
        int exponent = int.Parse(text.AsSpan(text.IndexOf('E', StringComparison.Ordinal) + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        // 9.9999…9 in 17 digits may be rounded up in the shortest form, which then begins with 1.
        if (digits == "1" && text[0] == '9') exponent++;
        return (digits, exponent + 1);
    }

    /// <summary>|value| · 10^places, rounded half to even.</summary>
    public static BigInteger Scaled(double value, int places)
    {
        long bits = BitConverter.DoubleToInt64Bits(value);
        int exponent = (int)((bits >> 52) & 0x7ff);
        BigInteger top = bits & 0xfffffffffffffL, bottom = 1;
        if (exponent == 0) exponent++;
        else top += 1L << 52;
        exponent -= 1075;
        if (exponent > 0) top <<= exponent;
        else bottom <<= -exponent;
        if (places > 0) top *= BigInteger.Pow(10, places);
        else bottom *= BigInteger.Pow(10, -places);
        BigInteger quotient = BigInteger.DivRem(top, bottom, out BigInteger rest);
        int half = (rest * 2).CompareTo(bottom);
        return half > 0 || (half == 0 && !quotient.IsEven) ? quotient + 1 : quotient;
    }

    /// <summary>With this many decimal places, as %.Nf writes it.</summary>
    public static string Fixed(double value, int places)
    {
        if (!double.IsFinite(value)) return NotFinite(value);
        string digits = Scaled(value, places).ToString(CultureInfo.InvariantCulture).PadLeft(places + 1, '0');
        return (double.IsNegative(value) ? "-" : "") + digits[..^places] + (places > 0 ? "." + digits[^places..] : "");
    }

    /// <summary>As %.Ne writes it.</summary>
    public static string Scientific(double value, int places)
    {
        if (!double.IsFinite(value)) return NotFinite(value);
        (string digits, int exponent) = Significant(Math.Abs(value), places + 1);
        return (double.IsNegative(value) ? "-" : "") + digits[..1] + (places > 0 ? "." + digits[1..] : "") + Exponential("1", exponent)[1..];
    }

    /// <summary>As %.Ng writes it: the significant digits without zeros at the end.</summary>
    public static string General(double value, int significant)
    {
        if (!double.IsFinite(value)) return NotFinite(value);
        significant = Math.Max(significant, 1);
        (string digits, int exponent) = Significant(Math.Abs(value), significant);
        string sign = double.IsNegative(value) ? "-" : "";
        string trimmed = digits.TrimEnd('0') is { Length: > 0 } kept ? kept : "0";
        if (exponent < -4 || exponent >= significant) return sign + Exponential(trimmed, exponent);
        if (exponent < 0) return sign + "0." + new string('0', -exponent - 1) + trimmed;
        trimmed = trimmed.PadRight(exponent + 1, '0');
        return sign + trimmed[..(exponent + 1)] + (trimmed.Length > exponent + 1 ? "." + trimmed[(exponent + 1)..] : "");
    }

    private static (string Digits, int Exponent) Significant(double value, int count)
    {
        if (value == 0) return (new string('0', count), 0);
        int exponent = Shortest(value).Point - 1;
        string digits = Scaled(value, count - 1 - exponent).ToString(CultureInfo.InvariantCulture);
        return digits.Length > count ? (digits[..count], exponent + 1) : (digits, exponent);
    }

    /// <summary>Python's round(value, places).</summary>
    public static double Round(double value, int places)
    {
        if (!double.IsFinite(value) || places > 330) return value;
        if (places < -330) return Math.CopySign(0, value);
        var text = new StringBuilder(Scaled(value, places).ToString(CultureInfo.InvariantCulture)).Append('E').Append(-places);
        return Math.CopySign(double.Parse(text.ToString(), NumberStyles.Float, CultureInfo.InvariantCulture), value);
    }

    /// <summary>Python's float(text): blanks around, underscores between digits, inf and nan; null where it is no number.</summary>
    public static double? Parse(string text)
    {
        string trimmed = PythonText.Strip(text, null, left: true, right: true);
        string bare = trimmed.TrimStart('+', '-').ToLowerInvariant();
        if (bare is "inf" or "infinity" or "nan")
            return bare == "nan" ? double.NaN : trimmed[0] == '-' ? double.NegativeInfinity : double.PositiveInfinity;
        if (trimmed.Contains('_'))
        {
            for (int at = 0; at < trimmed.Length; at++)
                if (trimmed[at] == '_' && (at == 0 || at + 1 == trimmed.Length || !char.IsAsciiDigit(trimmed[at - 1]) || !char.IsAsciiDigit(trimmed[at + 1]))) return null;
            trimmed = trimmed.Replace("_", "", StringComparison.Ordinal);
        }
        const NumberStyles style = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;
        return trimmed.Length > 0 && double.TryParse(trimmed, style, CultureInfo.InvariantCulture, out double value) && char.IsAscii(trimmed[^1]) ? value : null;
    }
}
