using System.Text;
using MicroChat.Model.Tokenizers.Detokenizing;

namespace MicroChat.Model.Tokenizers;

/// <summary>
/// Turns ids into text as they come. Text is held back while its last character is incomplete or broken, so a character is
/// never shown in halves; the cost of a step does not depend on how much was decoded before.
/// </summary>
public sealed class DecodeStream
{
    private readonly Tokenizer _tokenizer;
    private readonly bool _skipSpecial;
    private readonly DetokenizerRun[] _runs;
    private readonly StringBuilder _held = new();
    private readonly bool _separates;
    private List<string> _tokens = [];
    private List<string> _scratch = [];
    private bool _any;

    internal DecodeStream(Tokenizer tokenizer, IReadOnlyList<IDetokenizer>? chain, bool skipSpecial, bool eager)
    {
        (_tokenizer, _skipSpecial) = (tokenizer, skipSpecial);
        _separates = chain is null;
        _runs = [.. (chain ?? []).Select(c => c.Start(eager))];
    }

    /// <summary>Takes the next id; ids outside the vocabulary are ignored.</summary>
    /// <returns>The text that became certain; null: none.</returns>
    public string? Step(int id)
    {
        Push(id);
        return _held.Length == 0 || _held[^1] == '\uFFFD' || CharacterWaits() ? null : Take();
    }

    /// <summary>Ends the sequence.</summary>
    /// <returns>What was held back, with U+FFFD for a character that stayed incomplete; null: nothing.</returns>
    public string? Flush()
    {
        for (int i = 0; i < _runs.Length; i++)
        {
            List<string> tail = [];
            _runs[i].Finish(tail);
            foreach (string token in tail) Run(token, i + 1);
        }
        return _held.Length == 0 ? null : Take();
    }

    /// <summary>Takes an id without asking for text.</summary>
    internal void Push(int id)
    {
        if (!_tokenizer.TryTokenOf(id, out string token) || (_skipSpecial && _tokenizer.IsSpecial(id))) return;
        if (_separates && _any) _held.Append(' ');                 // without a decoder, tokens are words
        _any = true;
        Run(token, 0);
    }

    private void Run(string token, int from)
    {
        _tokens.Clear();
        _tokens.Add(token);
        for (int i = from; i < _runs.Length && _tokens.Count > 0; i++)
        {
            _scratch.Clear();
            foreach (string t in _tokens) _runs[i].Push(t, _scratch);
            (_tokens, _scratch) = (_scratch, _tokens);
        }
        foreach (string t in _tokens) _held.Append(t);
    }

    private bool CharacterWaits()
    {
        foreach (DetokenizerRun run in _runs)
        {
            if (run.Waits) return true;
        }
        return false;
    }

    private string Take()
    {
        string text = _held.ToString();
        _held.Clear();
        return text;
    }
}
