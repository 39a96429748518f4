namespace MicroChat.Model.Tokenizers;

/// <summary>A text in which every UTF-16 unit knows the range of the original text that it came from; never changed once made.</summary>
internal sealed class AlignedText
{
    private readonly string _text;
    private readonly TextRange[] _origins;                          // by unit of _text
    private readonly int _start;

    private AlignedText(string text, TextRange[] origins, int start, int length, int originalStart)
    {
        (_text, _origins, _start, Length, OriginalStart) = (text, origins, start, length, originalStart);
    }

    public int Length { get; }

    /// <summary>Where this piece starts in the original text. Unit: UTF-16 units.</summary>
    public int OriginalStart { get; }

    public ReadOnlySpan<char> Text => _text.AsSpan(_start, Length);

    /// <summary>An original text: each unit comes from itself, both units of a surrogate pair from the pair.</summary>
    public static AlignedText Of(ReadOnlySpan<char> text, int originalStart)
    {
        var origins = new TextRange[text.Length];
        for (int i = 0; i < text.Length; i++)
        {
            bool pair = char.IsHighSurrogate(text[i]) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]);
            origins[i] = new TextRange(originalStart + i, originalStart + i + (pair ? 2 : 1));
            if (pair) origins[i + 1] = origins[i++];
        }
        return new AlignedText(text.ToString(), origins, 0, text.Length, originalStart);
    }

    /// <summary>The original range of one unit.</summary>
    public TextRange Origin(int at) => _origins[_start + at];

    /// <summary>The original range of some units; of none: an empty one.</summary>
    public TextRange Origin(TextRange range) =>
        range.End <= range.Start ? new TextRange(OriginalStart, OriginalStart) : new TextRange(Origin(range.Start).Start, Origin(range.End - 1).End);

    public AlignedText Slice(TextRange range) => range.Start == 0 && range.End == Length
        ? this
        : new AlignedText(_text, _origins, _start + range.Start, range.End - range.Start, range.Start < Length ? Origin(range.Start).Start : OriginalStart);

    /// <summary>Collects a changed text, each part with the place in the old one that it replaces.</summary>
    internal sealed class Builder(AlignedText source)
    {
        /// <summary>A hostile file could make each step of a normalizer ten times longer than the one before. Unit: UTF-16 units.</summary>
        private const int Longest = 1 << 25;

        private readonly System.Text.StringBuilder _changed = new(source.Length);
        private readonly List<TextRange> _from = new(source.Length);

        /// <summary>Appends text whose every unit comes from the old unit at <paramref name="at"/>.</summary>
        public void Append(ReadOnlySpan<char> text, int at)
        {
            Grow(text.Length);
            _changed.Append(text);
            for (int i = 0; i < text.Length; i++) _from.Add(source.Origin(at));
        }

        /// <summary>Appends one unit that comes from the old unit at <paramref name="at"/>.</summary>
        public void Append(char c, int at)
        {
            Grow(1);
            _changed.Append(c);
            _from.Add(source.Origin(at));
        }

        /// <summary>Appends a part of the old text unchanged.</summary>
        public void Copy(TextRange range)
        {
            Grow(range.End - range.Start);
            _changed.Append(source.Text[range.Start..range.End]);
            for (int i = range.Start; i < range.End; i++) _from.Add(source.Origin(i));
        }

        private void Grow(int more)
        {
            if (_changed.Length <= Longest - more) return;
            throw new TokenizerException($"The tokenizer's normalizer makes a text longer than {Longest} characters. Encode the text in parts.");
        }

        public AlignedText Build() => new(_changed.ToString(), [.. _from], 0, _changed.Length, source.OriginalStart);
    }
}
