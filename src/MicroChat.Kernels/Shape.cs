using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace MicroChat.Kernels;

/// <summary>Checks of sizes at the top of a kernel; the message is built only when a check fails.</summary>
public static class Shape
{
    /// <summary>Throws when <paramref name="holds"/> is false. Nothing was written when it throws.</summary>
    /// <param name="holds">The condition.</param>
    /// <param name="value">The size that was found.</param>
    /// <param name="wish">The size that was wanted, in words.</param>
    /// <param name="what">Filled in by the compiler: the expression behind <paramref name="value"/>.</param>
    /// <exception cref="ArgumentException">The condition does not hold; the message names the value and the wish.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Require(
        [DoesNotReturnIf(false)] bool holds,
        long value,
        [InterpolatedStringHandlerArgument(nameof(holds))] ShapeWish wish,
        [CallerArgumentExpression(nameof(value))] string what = "")
    {
        if (!holds)
        {
            Throw(value, wish.Text, what);
        }
    }

    [DoesNotReturn]
    private static void Throw(long value, string wish, string what) =>
        throw new ArgumentException($"{what} is {value}; it must be {wish}.");
}

/// <summary>The wish of <see cref="Shape.Require"/>, formatted only when the condition failed.</summary>
[InterpolatedStringHandler]
public ref struct ShapeWish
{
    private DefaultInterpolatedStringHandler _text;
    private readonly bool _failed;

    /// <summary>Called by the compiler.</summary>
    public ShapeWish(int literalLength, int formattedCount, bool holds, out bool append)
    {
        _failed = append = !holds;
        _text = append ? new DefaultInterpolatedStringHandler(literalLength, formattedCount) : default;
    }

    internal string Text => _failed ? _text.ToStringAndClear() : "";

    /// <summary>Called by the compiler.</summary>
    public void AppendLiteral(string text) => _text.AppendLiteral(text);

    /// <summary>Called by the compiler.</summary>
    public void AppendFormatted<T>(T value) => _text.AppendFormatted(value);
}
