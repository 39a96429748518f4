using System.Runtime.InteropServices;

namespace MicroChat.Model.Sampling;

/// <summary>
/// The settings that touch single logits: bias, repetition penalty, n-gram ban, suppressed tokens, frequency and presence
/// penalty. Writes into the row and can take every change back; counts of the history are carried from token to token.
/// </summary>
internal sealed class LogitEdits
{
    private readonly SamplingOptions _options;
    private readonly KeyValuePair<int, double>[] _bias;
    private readonly int[] _suppressed;
    private readonly bool _countsMatter;
    private readonly Dictionary<int, int> _replyCounts = [];
    private int[] _history = [];
    private int _historyLength;
    private int _promptLength = -1;
    private (int Id, float Logit)[] _undo;
    private int _undoCount;
    private readonly List<int> _banned = [];

    /// <summary>Prepares for rows of <paramref name="vocabularySize"/> logits.</summary>
    public LogitEdits(SamplingOptions options, int vocabularySize)
    {
        _options = options;
        _bias = [.. options.LogitBias.Where(pair => pair.Value != 0)];
        _suppressed = [.. options.SuppressedTokens.Where(id => id < vocabularySize)];
        _undo = new (int, float)[_bias.Length + _suppressed.Length];
        _countsMatter = options.RepetitionPenalty != 1 || options.FrequencyPenalty != 0 || options.PresencePenalty != 0;
    }

    /// <summary>Applies everything in order.</summary>
    public void Apply(Span<float> logits, ReadOnlySpan<int> prompt, ReadOnlySpan<int> reply)
    {
        foreach ((int id, double bias) in _bias)
        {
            Set(logits, id, logits[id] + bias);
        }
        if (_countsMatter || _options.NoRepeatNgram > 0)
        {
            Follow(prompt, reply);
        }
        if (_options.RepetitionPenalty != 1)
        {
            PenaliseRepetition(logits);
        }
        if (_options.NoRepeatNgram > 0)
        {
            FindNgramEnds(logits.Length);
            foreach (int id in _banned)
            {
                Set(logits, id, double.NegativeInfinity);
            }
        }
        foreach (int id in _suppressed)
        {
            Set(logits, id, double.NegativeInfinity);
        }
        if (_options.FrequencyPenalty != 0 || _options.PresencePenalty != 0)
        {
            PenaliseCounts(logits);
        }
    }

    /// <summary>
    /// What <see cref="Apply"/> would do, as numbers, for a row that lies elsewhere: for each token that is touched one <see cref="LogitEdit"/>.
    /// </summary>
    public void Collect(int vocabularySize, ReadOnlySpan<int> prompt, ReadOnlySpan<int> reply, Dictionary<int, LogitEdit> edits)
    {
        edits.Clear();
        foreach ((int id, double bias) in _bias)
        {
            edits[id] = new LogitEdit { Bias = bias };
        }
        if (_countsMatter || _options.NoRepeatNgram > 0)
        {
            Follow(prompt, reply);
        }
        if (_countsMatter)
        {
            foreach ((int id, int count) in _replyCounts)
            {
                if ((uint)id < (uint)vocabularySize)
                {
                    ref LogitEdit edit = ref CollectionsMarshal.GetValueRefOrAddDefault(edits, id, out _);
                    edit.Repeats = _options.RepetitionPenalty != 1;
                    edit.Subtracted = count > 0 ? (count * _options.FrequencyPenalty) + _options.PresencePenalty : 0;
                }
            }
        }
        if (_options.NoRepeatNgram > 0)
        {
            FindNgramEnds(vocabularySize);
            Ban(_banned, edits);
        }
        Ban(_suppressed, edits);
    }

    /// <summary>A logit as it was before <see cref="Apply"/>.</summary>
    public float Original(ReadOnlySpan<float> logits, int id)
    {
        for (int i = 0; i < _undoCount; i++)
        {
            if (_undo[i].Id == id)
            {
                return _undo[i].Logit;
            }
        }
        return logits[id];
    }

    /// <summary>Takes every change back, the last one first.</summary>
    public void Undo(Span<float> logits)
    {
        while (_undoCount > 0)
        {
            (int id, float logit) = _undo[--_undoCount];
            logits[id] = logit;
        }
    }

    private static void Ban(IReadOnlyList<int> ids, Dictionary<int, LogitEdit> edits)
    {
        for (int i = 0; i < ids.Count; i++)
        {
            CollectionsMarshal.GetValueRefOrAddDefault(edits, ids[i], out _).Banned = true;
        }
    }

    /// <summary>Brings history and counts up to date: only what is new is counted, unless the caller switched to another history.</summary>
    private void Follow(ReadOnlySpan<int> prompt, ReadOnlySpan<int> reply)
    {
        int known = _historyLength - _promptLength;
        ReadOnlySpan<int> history = _history.AsSpan(0, _historyLength);
        bool continues = _promptLength == prompt.Length && known <= reply.Length
            && history[.._promptLength].SequenceEqual(prompt) && history[_promptLength..].SequenceEqual(reply[..known]);
        if (!continues)
        {
            Restart(prompt);
            known = 0;
        }
        Reserve(_historyLength + reply.Length - known);
        foreach (int id in reply[known..])
        {
            _history[_historyLength++] = id;
            CollectionsMarshal.GetValueRefOrAddDefault(_replyCounts, id, out _)++;
        }
    }

    private void Restart(ReadOnlySpan<int> prompt)
    {
        Reserve(prompt.Length + Math.Min(_options.MaxReplyTokens, 4_096));
        prompt.CopyTo(_history);
        _historyLength = _promptLength = prompt.Length;
        _replyCounts.Clear();
        foreach (int id in prompt)
        {
            _replyCounts.TryAdd(id, 0);
        }
        _replyCounts.EnsureCapacity(_replyCounts.Count + Math.Min(_options.MaxReplyTokens, 4_096));
    }

    private void Reserve(int tokens)
    {
        if (_history.Length < tokens)
        {
            Array.Resize(ref _history, Math.Max(tokens, 2 * _history.Length));
            const int PassesOverHistory = 3;
            _banned.EnsureCapacity(_history.Length);
            Array.Resize(ref _undo, _bias.Length + _suppressed.Length + PassesOverHistory * _history.Length);
        }
    }

    private void PenaliseRepetition(Span<float> logits)
    {
        double penalty = _options.RepetitionPenalty;
        foreach ((int id, _) in _replyCounts)
        {
            if ((uint)id < (uint)logits.Length)
            {
                float logit = logits[id];
                Set(logits, id, logit < 0 ? logit * penalty : logit / penalty);
            }
        }
    }

    private void PenaliseCounts(Span<float> logits)
    {
        foreach ((int id, int count) in _replyCounts)
        {
            if (count > 0 && (uint)id < (uint)logits.Length)
            {
                Set(logits, id, logits[id] - count * _options.FrequencyPenalty - _options.PresencePenalty);
            }
        }
    }

    /// <summary>Finds the tokens below <paramref name="vocabularySize"/> that would complete an n-gram of the history again.</summary>
    private void FindNgramEnds(int vocabularySize)
    {
        int n = _options.NoRepeatNgram;
        ReadOnlySpan<int> history = _history.AsSpan(0, _historyLength);
        _banned.Clear();
        if (history.Length < n)
        {
            return;
        }
        ReadOnlySpan<int> suffix = history[^(n - 1)..];
        ReadOnlySpan<int> starts = history[..^1];               // an n-gram needs one more token after its first n − 1
        for (int at = 0; at <= history.Length - n; at++)
        {
            int skip = suffix.IsEmpty ? 0 : starts[at..].IndexOf(suffix);
            if (skip < 0)
            {
                return;
            }
            at += skip;
            int id = history[at + n - 1];
            if ((uint)id < (uint)vocabularySize)
            {
                _banned.Add(id);
            }
        }
    }

    /// <summary>Writes a logit and remembers the old one. A finite result stays finite.</summary>
    private void Set(Span<float> logits, int id, double value)
    {
        float old = logits[id];
        if (float.IsNegativeInfinity(old))
        {
            return;
        }
        _undo[_undoCount++] = (id, old);
        logits[id] = double.IsNegativeInfinity(value)
            ? float.NegativeInfinity
            : (float)Math.Clamp(value, float.MinValue, float.MaxValue);
    }
}

/// <summary>What the settings do to one logit, in this order.</summary>
internal struct LogitEdit
{
    /// <summary>Added.</summary>
    public double Bias;

    /// <summary>Whether the repetition penalty then divides it, or multiplies it where it is negative.</summary>
    public bool Repeats;

    /// <summary>Whether it then becomes minus infinity.</summary>
    public bool Banned;

    /// <summary>Subtracted last.</summary>
    public double Subtracted;
}
