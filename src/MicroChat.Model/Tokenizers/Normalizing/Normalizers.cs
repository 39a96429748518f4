using System.Globalization;
using System.Text;
using MicroChat.Model.Tokenizers.Splitting;

namespace MicroChat.Model.Tokenizers.Normalizing;

/// <summary>Several normalizers, one after the other.</summary>
internal sealed class NormalizerSequence(IReadOnlyList<INormalizer> steps) : INormalizer
{
    public AlignedText Apply(AlignedText text) => steps.Aggregate(text, (t, step) => step.Apply(t));

    public bool LeavesUnchanged(ReadOnlySpan<char> text)
    {
        foreach (INormalizer step in steps)
        {
            if (!step.LeavesUnchanged(text)) return false;
        }
        return true;
    }
}

/// <summary>Puts a text before every text that is not empty.</summary>
internal sealed class PrependNormalizer(string prefix) : INormalizer
{
    public AlignedText Apply(AlignedText text)
    {
        if (text.Length == 0) return text;
        var builder = new AlignedText.Builder(text);
        builder.Append(prefix, 0);
        builder.Copy(new TextRange(0, text.Length));
        return builder.Build();
    }

    public bool LeavesUnchanged(ReadOnlySpan<char> text) => text.IsEmpty || prefix.Length == 0;
}

/// <summary>Replaces every match by a text.</summary>
internal sealed class ReplaceNormalizer(IMatcher matcher, string content) : INormalizer
{
    public AlignedText Apply(AlignedText text)
    {
        var matches = new List<TextRange>();
        matcher.Find(text.Text, matches);
        if (matches.Count == 0) return text;
        var builder = new AlignedText.Builder(text);
        int done = 0;
        foreach (TextRange match in matches)
        {
            builder.Copy(new TextRange(done, match.Start));
            if (text.Length > 0) builder.Append(content, Math.Max(match.End - 1, 0));
            done = match.End;
        }
        builder.Copy(new TextRange(done, text.Length));
        return builder.Build();
    }

    public bool LeavesUnchanged(ReadOnlySpan<char> text) => false;
}

/// <summary>Takes white space off the ends.</summary>
internal sealed class StripNormalizer(bool left, bool right) : INormalizer
{
    public AlignedText Apply(AlignedText text)
    {
        (int start, int end) = (0, text.Length);
        while (left && start < end && IsSpace(text.Text, start)) start++;
        while (right && end > start && IsSpace(text.Text, end - 1)) end--;
        return text.Slice(new TextRange(start, end));
    }

    public bool LeavesUnchanged(ReadOnlySpan<char> text) =>
        text.IsEmpty || !((left && IsSpace(text, 0)) || (right && IsSpace(text, text.Length - 1)));

    private static bool IsSpace(ReadOnlySpan<char> text, int at) => (CharClasses.At(text, at, out _) & CharClass.Space) != 0;
}

/// <summary>A normalizer that looks at one code point at a time.</summary>
internal abstract class RuneNormalizer : INormalizer
{
    public AlignedText Apply(AlignedText text)
    {
        if (LeavesUnchanged(text.Text)) return text;
        var builder = new AlignedText.Builder(text);
        for (int at = 0; at < text.Length;)
        {
            bool valid = Rune.DecodeFromUtf16(text.Text[at..], out Rune rune, out int read) == System.Buffers.OperationStatus.Done;
            if (valid && Map(rune) is { } mapped) builder.Append(mapped, at);
            else builder.Copy(new TextRange(at, at + read));
            at += read;
        }
        return builder.Build();
    }

    public virtual bool LeavesUnchanged(ReadOnlySpan<char> text) => false;

    /// <summary>What stands for a code point; null: itself.</summary>
    protected abstract string? Map(Rune rune);
}

/// <summary>Lower case, character by character: a final sigma stays σ.</summary>
internal sealed class LowercaseNormalizer : RuneNormalizer
{
    protected override string? Map(Rune rune) => rune.Value == 0x130 ? "i\u0307" : Rune.ToLowerInvariant(rune) is var lower && lower == rune ? null : lower.ToString();
}

/// <summary>Drops all marks; useful after NFD.</summary>
internal sealed class StripAccentsNormalizer : RuneNormalizer
{
    protected override string? Map(Rune rune) => Rune.GetUnicodeCategory(rune)
        is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark ? "" : null;
}

/// <summary>SentencePiece's cleaning for translation: control characters go, unusual spaces become a space.</summary>
internal sealed class NmtNormalizer : RuneNormalizer
{
    protected override string? Map(Rune rune) => rune.Value switch
    {
        (>= 0x1 and <= 0x8) or 0xB or (>= 0xE and <= 0x1F) or 0x7F or 0x8F or 0x9F => "",
        0x9 or 0xA or 0xC or 0xD or 0x1680 or (>= 0x200B and <= 0x200F) or 0x2028 or 0x2029 or 0x2581 or 0xFEFF or 0xFFFD => " ",
        _ => null,
    };
}

/// <summary>Writes each byte of the UTF-8 form as its letter.</summary>
internal sealed class ByteLevelNormalizer : RuneNormalizer
{
    protected override string? Map(Rune rune)
    {
        Span<byte> bytes = stackalloc byte[4];
        return ByteLetters.Of(bytes[..rune.EncodeToUtf8(bytes)]);
    }
}
