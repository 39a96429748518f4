using System.Text;
using MicroChat.Model.Tokenizers.Splitting;

namespace MicroChat.Model.Tokenizers.Detokenizing;

/// <summary>Replaces every match inside a token.</summary>
internal sealed class ReplaceDetokenizer(IMatcher matcher, string content) : IDetokenizer
{
    public DetokenizerRun Start(bool eager) => new Run(matcher, content);

    private sealed class Run(IMatcher matcher, string content) : DetokenizerRun
    {
        private readonly List<TextRange> _matches = [];
        private readonly StringBuilder _text = new();

        public override void Push(string token, List<string> output)
        {
            _matches.Clear();
            matcher.Find(token, _matches);
            if (_matches.Count == 0)
            {
                output.Add(token);
                return;
            }
            _text.Clear();
            int done = 0;
            foreach (TextRange match in _matches)
            {
                _text.Append(token, done, match.Start - done).Append(content);
                done = match.End;
            }
            output.Add(_text.Append(token, done, token.Length - done).ToString());
        }
    }
}

/// <summary>Visible spaces back to spaces; those of the first token vanish, because the pre-tokenizer put one there.</summary>
internal sealed class MetaspaceDetokenizer(char replacement, bool dropsFirst) : IDetokenizer
{
    public DetokenizerRun Start(bool eager) => new Run(replacement, dropsFirst);

    private sealed class Run(char replacement, bool dropsFirst) : DetokenizerRun
    {
        private bool _drops = dropsFirst;

        public override void Push(string token, List<string> output)
        {
            output.Add(_drops ? token.Replace(replacement.ToString(), "") : token.Replace(replacement, ' '));
            _drops = false;
        }
    }
}

/// <summary>The end-of-word mark becomes a space, but not in the last token.</summary>
internal sealed class EndOfWordDetokenizer(string suffix) : IDetokenizer
{
    public DetokenizerRun Start(bool eager) => new Run(suffix);

    private sealed class Run(string suffix) : DetokenizerRun
    {
        private string? _last;

        public override void Push(string token, List<string> output)
        {
            if (_last is not null) output.Add(Replaced(" "));
            _last = token;
        }

        public override void Finish(List<string> output)
        {
            if (_last is not null) output.Add(Replaced(""));
            _last = null;
        }

        private string Replaced(string by) => suffix.Length == 0 ? _last! : _last!.Replace(suffix, by);
    }
}

/// <summary>Joins all tokens to one; a stream passes them on, since nobody can tell the difference but <see cref="StripDetokenizer"/>.</summary>
internal sealed class FuseDetokenizer : IDetokenizer
{
    public DetokenizerRun Start(bool eager) => new Run(eager);

    private sealed class Run(bool eager) : DetokenizerRun
    {
        private readonly StringBuilder _text = new();

        public override void Push(string token, List<string> output)
        {
            if (eager) output.Add(token);
            else _text.Append(token);
        }

        public override void Finish(List<string> output)
        {
            if (_text.Length > 0) output.Add(_text.ToString());
            _text.Clear();
        }
    }
}

/// <summary>Takes a character off the ends of each token, or, after a fusing step, of the whole text.</summary>
/// <param name="content">The character.</param>
/// <param name="start">At most so many from the start.</param>
/// <param name="stop">At most so many from the end.</param>
/// <param name="wholeText">Whether all tokens count as one.</param>
internal sealed class StripDetokenizer(char content, int start, int stop, bool wholeText) : IDetokenizer
{
    public DetokenizerRun Start(bool eager) => wholeText ? new WholeRun(content, start, stop) : new TokenRun(content, start, stop);

    private sealed class TokenRun(char content, int start, int stop) : DetokenizerRun
    {
        public override void Push(string token, List<string> output)
        {
            int from = 0, to = token.Length;
            while (from < start && from < to && token[from] == content) from++;
            while (token.Length - to < stop && to > from && token[to - 1] == content) to--;
            output.Add(token[from..to]);
        }
    }

    private sealed class WholeRun(char content, int start, int stop) : DetokenizerRun
    {
        private int _left = start;
        private int _held;                                          // characters that would be cut off if the text ended here

        public override void Push(string token, List<string> output)
        {
            int from = 0;
            while (_left > 0 && from < token.Length && token[from] == content)
            {
                from++;
                _left--;
            }
            if (from == token.Length) return;
            _left = 0;
            int to = token.Length;
            while (to > from && token[to - 1] == content) to--;
            string before = to > from ? new string(content, _held) : "";
            if (to > from) _held = 0;
            _held += token.Length - to;
            int release = Math.Max(_held - stop, 0);
            _held -= release;
            output.Add(before + token[from..to] + new string(content, release));
        }

        public override void Finish(List<string> output) => _held = 0;
    }
}
