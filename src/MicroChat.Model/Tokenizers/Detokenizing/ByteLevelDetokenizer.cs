using System.Text;

namespace MicroChat.Model.Tokenizers.Detokenizing;

/// <summary>Byte letters back to bytes, and the bytes of all tokens together to text.</summary>
internal sealed class ByteLevelDetokenizer : IDetokenizer
{
    public DetokenizerRun Start(bool eager) => new Run(eager);

    private sealed class Run(bool eager) : DetokenizerRun
    {
        private readonly StringBuilder _text = new();
        private Utf8Assembler _bytes;

        public override bool Waits => _bytes.Waits;

        public override void Push(string token, List<string> output)
        {
            _bytes.Push(ByteLetters.BytesOf(token), _text);
            if (eager) Emit(output);
        }

        public override void Finish(List<string> output)
        {
            _bytes.Finish(_text);
            Emit(output);
        }

        private void Emit(List<string> output)
        {
            if (_text.Length == 0) return;
            output.Add(_text.ToString());
            _text.Clear();
        }
    }
}
