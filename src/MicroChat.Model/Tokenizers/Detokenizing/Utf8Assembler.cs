using System.Buffers;
using System.Text;

namespace MicroChat.Model.Tokenizers.Detokenizing;

/// <summary>Turns bytes that arrive in any portions into text; each maximal broken part becomes one U+FFFD. Holds at most three bytes.</summary>
internal struct Utf8Assembler
{
    private uint _held;                                             // bytes of an unfinished character, first byte lowest
    private int _count;

    /// <summary>Appends the text of all characters that are complete.</summary>
    public void Push(ReadOnlySpan<byte> bytes, StringBuilder text)
    {
        Span<byte> waiting = stackalloc byte[4];
        foreach (byte b in bytes)
        {
            if (_count == 0 && b < 0x80)
            {
                text.Append((char)b);
                continue;
            }
            _held |= (uint)b << (8 * _count++);
            Drain(waiting, text);
        }
    }

    /// <summary>Whether bytes of an unfinished character wait.</summary>
    public readonly bool Waits => _count > 0;

    /// <summary>Appends U+FFFD for an unfinished character.</summary>
    public void Finish(StringBuilder text)
    {
        if (_count > 0) text.Append('\uFFFD');
        (_held, _count) = (0, 0);
    }

    private void Drain(Span<byte> waiting, StringBuilder text)
    {
        while (_count > 0)
        {
            for (int i = 0; i < _count; i++) waiting[i] = (byte)(_held >> (8 * i));
            OperationStatus status = Rune.DecodeFromUtf8(waiting[.._count], out Rune rune, out int used);
            if (status == OperationStatus.NeedMoreData) return;
            text.Append(rune.ToString());
            _count -= used;
            _held = _count == 0 ? 0 : _held >> (8 * used);
        }
    }
}
