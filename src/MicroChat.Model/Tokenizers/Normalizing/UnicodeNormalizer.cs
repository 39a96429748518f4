using System.Text;

namespace MicroChat.Model.Tokenizers.Normalizing;

/// <summary>The four Unicode normalization forms. Source: UAX #15.</summary>
internal sealed class UnicodeNormalizer(NormalizationForm form) : INormalizer
{
    private readonly bool _composes = form is NormalizationForm.FormC or NormalizationForm.FormKC;
    private readonly bool _compatibility = form is NormalizationForm.FormKC or NormalizationForm.FormKD;

    /// <summary>A code point, its combining class, and how many code points of the text it stands for; 0: it is a further part of one.</summary>
    private readonly record struct Part(int CodePoint, byte Class, int Taken);

    public AlignedText Apply(AlignedText text)
    {
        if (LeavesUnchanged(text.Text)) return text;
        var starts = new List<int>(text.Length);                    // of each code point of the text
        List<Part> parts = Decompose(text.Text, starts);
        SortMarks(parts);
        if (_composes) Compose(parts);
        var builder = new AlignedText.Builder(text);
        int done = 0;                                               // code points of the text that the parts so far stand for
        foreach (Part part in parts)
        {
            int at = starts[Math.Clamp(part.Taken == 0 ? done - 1 : done, 0, starts.Count - 1)];
            done += part.Taken;
            if (part.CodePoint <= 0xFFFF) builder.Append((char)part.CodePoint, at);
            else builder.Append(char.ConvertFromUtf32(part.CodePoint), at);
        }
        return builder.Build();
    }

    public bool LeavesUnchanged(ReadOnlySpan<char> text) =>
        text.IndexOfAnyExceptInRange('\0', form == NormalizationForm.FormC ? '\u02FF' : '\u007F') < 0;

    private List<Part> Decompose(ReadOnlySpan<char> text, List<int> starts)
    {
        UnicodeTable table = UnicodeTable.Instance;
        var parts = new List<Part>(text.Length);
        var codePoints = new List<int>();
        for (int at = 0; at < text.Length;)
        {
            bool valid = Rune.DecodeFromUtf16(text[at..], out Rune rune, out int read) == System.Buffers.OperationStatus.Done;
            codePoints.Clear();
            table.Decompose(valid ? rune.Value : text[at], _compatibility, codePoints);
            starts.Add(at);
            for (int i = 0; i < codePoints.Count; i++) parts.Add(new Part(codePoints[i], table.CombiningClass(codePoints[i]), i == 0 ? 1 : 0));
            at += read;
        }
        return parts;
    }

    private static void SortMarks(List<Part> parts)
    {
        for (int start = 0; start < parts.Count;)
        {
            int end = start;
            while (end < parts.Count && parts[end].Class != 0) end++;
            if (end - start > 1)
            {
                Part[] sorted = [.. parts.GetRange(start, end - start).OrderBy(p => p.Class)];      // OrderBy is stable
                for (int i = 0; i < sorted.Length; i++) parts[start + i] = sorted[i];
            }
            start = Math.Max(end, start + 1);
        }
    }

    private static void Compose(List<Part> parts)
    {
        int starter = -1, kept = 0;
        byte last = 0;                                              // class of the part kept before; 0 right after the starter
        for (int i = 0; i < parts.Count; i++)
        {
            Part part = parts[i];
            bool reachable = starter >= 0 && (starter == kept - 1 || (last < part.Class && last != 0));
            int joined = reachable ? UnicodeTable.Instance.Compose(parts[starter].CodePoint, part.CodePoint) : -1;
            if (joined >= 0)
            {
                parts[starter] = parts[starter] with { CodePoint = joined, Taken = parts[starter].Taken + part.Taken };
                continue;
            }
            if (part.Class == 0) starter = kept;
            last = part.Class;
            parts[kept++] = part;
        }
        parts.RemoveRange(kept, parts.Count - kept);
    }
}
