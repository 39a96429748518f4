using System.IO.Compression;

namespace MicroChat.Model.Tokenizers.Normalizing;

/// <summary>
/// Decompositions and combining classes of Unicode 9, the version that the reference library normalises by. The framework's own
/// normalisation does nothing when globalization is invariant, and follows another version where it works.
/// </summary>
/// <remarks>
/// Layout after inflating; every number is a little-endian base-128 varint. Count of decompositions; each: step from the code point
/// before, 3 · length + kind (0 canonical, never composed; 1 compatibility; 2 canonical), then zigzag steps from code point to code
/// point, starting at the decomposed one. Count of combining classes; each: step from the code point before, class.
/// </remarks>
internal sealed class UnicodeTable
{
    private const int Compatibility = 1, Composing = 2;
    private readonly Dictionary<int, (int[] Parts, int Kind)> _decompositions = [];
    private readonly Dictionary<int, byte> _classes = [];
    private readonly Dictionary<(int, int), int> _compositions = [];
    private readonly byte[] _data;
    private int _at;

    private UnicodeTable(byte[] data)
    {
        _data = data;
        int codePoint = 0;
        for (int n = Next(); n > 0; n--)
        {
            codePoint += Next();
            (int length, int kind) = Math.DivRem(Next(), 3);
            int[] parts = new int[length];
            int part = codePoint;
            for (int i = 0; i < length; i++) part = parts[i] = part + Zigzag(Next());
            _decompositions[codePoint] = (parts, kind);
            if (kind == Composing) _compositions[(parts[0], parts[1])] = codePoint;
        }
        codePoint = 0;
        for (int n = Next(); n > 0; n--)
        {
            codePoint += Next();
            _classes[codePoint] = (byte)Next();
        }
    }

    /// <summary>The one table.</summary>
    public static UnicodeTable Instance { get; } = Load();

    /// <summary>Canonical combining class; 0 for starters.</summary>
    public byte CombiningClass(int codePoint) => _classes.GetValueOrDefault(codePoint);

    /// <summary>Adds the full decomposition of a code point, which is itself if it has none.</summary>
    public void Decompose(int codePoint, bool compatibility, List<int> parts)
    {
        if (Hangul.Decompose(codePoint, parts)) return;
        if (!_decompositions.TryGetValue(codePoint, out (int[] Parts, int Kind) found) || (found.Kind == Compatibility && !compatibility))
        {
            parts.Add(codePoint);
            return;
        }
        foreach (int part in found.Parts) Decompose(part, compatibility, parts);
    }

    /// <summary>The code point that two make together; −1: they stay two.</summary>
    public int Compose(int first, int second)
    {
        int syllable = Hangul.Compose(first, second);
        return syllable >= 0 ? syllable : _compositions.GetValueOrDefault((first, second), -1);
    }

    private static UnicodeTable Load()
    {
        using var packed = new DeflateStream(new MemoryStream(Convert.FromBase64String(UnicodeTableData.Base64)), CompressionMode.Decompress);
        using var data = new MemoryStream();
        packed.CopyTo(data);
        return new UnicodeTable(data.ToArray());
    }

    private static int Zigzag(int value) => (value & 1) == 0 ? value >> 1 : -((value + 1) >> 1);

    private int Next()
    {
        int value = 0;
        for (int shift = 0; ; shift += 7)
        {
            byte b = _data[_at++];
            value |= (b & 0x7F) << shift;
            if (b < 0x80) return value;
        }
    }
}

/// <summary>Korean syllables are composed by arithmetic. Source: The Unicode Standard, section 3.12.</summary>
internal static class Hangul
{
    private const int S = 0xAC00, L = 0x1100, V = 0x1161, T = 0x11A7;
    private const int LCount = 19, VCount = 21, TCount = 28, SCount = LCount * VCount * TCount;

    public static bool Decompose(int codePoint, List<int> parts)
    {
        int index = codePoint - S;
        if (index is < 0 or >= SCount) return false;
        parts.Add(L + index / (VCount * TCount));
        parts.Add(V + index % (VCount * TCount) / TCount);
        if (index % TCount != 0) parts.Add(T + index % TCount);
        return true;
    }

    /// <summary>−1: they are no parts of a syllable.</summary>
    public static int Compose(int first, int second)
    {
        if (first is >= L and < L + LCount && second is >= V and < V + VCount) return S + ((first - L) * VCount + second - V) * TCount;
        bool open = first is >= S and < S + SCount && (first - S) % TCount == 0;
        return open && second is > T and < T + TCount ? first + second - T : -1;
    }
}
