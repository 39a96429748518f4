using System.Text;

namespace MicroChat.Model.Sampling;

/// <summary>
/// Joins the byte pieces of tokens to text. Half a character is kept until its other bytes come; bytes that are no UTF-8
/// become U+FFFD, one per maximal ill-formed part, no matter how the bytes were cut.
/// </summary>
/// <remarks>Source of the replacement rule: WHATWG Encoding, "UTF-8 decoder"; Unicode 16, table 3-8.</remarks>
public sealed class Utf8Assembler
{
    private const int CharsPending = 4;
    private readonly Decoder _decoder = Encoding.UTF8.GetDecoder();
    private char[] _text = new char[64];

    /// <summary>Adds bytes and returns the characters that are now complete; valid until the next call.</summary>
    public ReadOnlySpan<char> Append(ReadOnlySpan<byte> bytes) => Decode(bytes, flush: false);

    /// <summary>The end of the bytes: an unfinished character becomes U+FFFD. Ready for another stream. Valid until the next call.</summary>
    public ReadOnlySpan<char> Flush() => Decode(default, flush: true);

    /// <summary>Forgets an unfinished character.</summary>
    public void Reset() => _decoder.Reset();

    private ReadOnlySpan<char> Decode(ReadOnlySpan<byte> bytes, bool flush)
    {
        int most = checked(bytes.Length + CharsPending);
        if (_text.Length < most)
        {
            _text = new char[Math.Max(most, 2 * _text.Length)];
        }
        return _text.AsSpan(0, _decoder.GetChars(bytes, _text, flush));
    }
}
