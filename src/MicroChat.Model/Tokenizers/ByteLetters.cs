namespace MicroChat.Model.Tokenizers;

/// <summary>
/// GPT-2's alphabet: every byte has one printable letter, so that a vocabulary of bytes can be written as text.
/// Printable Latin-1 stands for itself; the other 68 bytes, in order, are U+0100 to U+0143. Source: Radford et al. 2019, encoder.py.
/// </summary>
internal static class ByteLetters
{
    private const int Letters = 0x144;
    private static readonly char[] LetterOfByte = new char[256];
    private static readonly short[] ByteOfLetter = new short[Letters];

    static ByteLetters()
    {
        Array.Fill(ByteOfLetter, (short)-1);
        char next = '\u0100';
        for (int b = 0; b < 256; b++)
        {
            bool printable = b is >= 0x21 and <= 0x7E or >= 0xA1 and <= 0xAC or >= 0xAE;
            char letter = printable ? (char)b : next++;
            LetterOfByte[b] = letter;
            ByteOfLetter[letter] = (short)b;
        }
    }

    /// <summary>The letter of a byte.</summary>
    public static char Of(byte value) => LetterOfByte[value];

    /// <summary>The byte of a letter; −1: it is none.</summary>
    public static int ByteOf(char letter) => letter < Letters ? ByteOfLetter[letter] : -1;

    /// <summary>The letters of some bytes.</summary>
    public static string Of(ReadOnlySpan<byte> bytes)
    {
        Span<char> letters = bytes.Length <= 512 ? stackalloc char[bytes.Length] : new char[bytes.Length];
        for (int i = 0; i < bytes.Length; i++) letters[i] = LetterOfByte[bytes[i]];
        return new string(letters);
    }

    /// <summary>The bytes that a token stands for: of its letters, or its own UTF-8 if one of them is no byte letter.</summary>
    public static byte[] BytesOf(string token)
    {
        var bytes = new byte[token.Length];
        for (int i = 0; i < token.Length; i++)
        {
            int value = ByteOf(token[i]);
            if (value < 0) return System.Text.Encoding.UTF8.GetBytes(token);
            bytes[i] = (byte)value;
        }
        return bytes;
    }
}
