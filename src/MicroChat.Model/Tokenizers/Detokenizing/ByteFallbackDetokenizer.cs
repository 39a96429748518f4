using System.Globalization;
using System.Text;

namespace MicroChat.Model.Tokenizers.Detokenizing;

/// <summary>
/// Joins runs of <c>&lt;0xNN&gt;</c> to text; in a run that is no valid UTF-8 each byte becomes U+FFFD. A stream gives out each
/// complete character and lets only the rest of the run suffer.
/// </summary>
internal sealed class ByteFallbackDetokenizer : IDetokenizer
{
    private const string Broken = "\uFFFD";

    public DetokenizerRun Start(bool eager) => new Run(eager);

    private static bool IsByte(string token, out byte value)
    {
        value = 0;
        return token.Length == 6 && token.StartsWith("<0x", StringComparison.Ordinal) && token[5] == '>' &&
            byte.TryParse(token.AsSpan(3, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value);
    }

    private sealed class Run(bool eager) : DetokenizerRun
    {
        private readonly List<byte> _run = [];
        private bool _broken;                                       // eager: an earlier byte of this run was invalid

        public override bool Waits => _run.Count > 0;

        public override void Push(string token, List<string> output)
        {
            if (!IsByte(token, out byte value))
            {
                Finish(output);
                output.Add(token);
                return;
            }
            _run.Add(value);
            if (eager) GiveOut(output);
        }

        public override void Finish(List<string> output)
        {
            byte[] bytes = [.. _run];
            _run.Clear();
            if (!_broken && System.Text.Unicode.Utf8.IsValid(bytes) && bytes.Length > 0) output.Add(System.Text.Encoding.UTF8.GetString(bytes));
            else for (int i = 0; i < bytes.Length; i++) output.Add(Broken);
            _broken = false;
        }

        private void GiveOut(List<string> output)
        {
            Span<byte> bytes = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_run);
            System.Buffers.OperationStatus status = Rune.DecodeFromUtf8(bytes, out Rune rune, out _);
            if (!_broken && status == System.Buffers.OperationStatus.NeedMoreData) return;
            if (!_broken && status == System.Buffers.OperationStatus.Done)
            {
                output.Add(rune.ToString());
            }
            else
            {
                _broken = true;
                for (int i = 0; i < bytes.Length; i++) output.Add(Broken);
            }
            _run.Clear();
        }
    }
}
