namespace MicroChat.Model.Sampling;

/// <summary>
/// Chooses the next token of one sequence. Order: logit bias → repetition penalty → no-repeat n-gram → suppressed →
/// frequency and presence → temperature → top-k → top-p → min-p → typical → epsilon → eta; each step sees the softmax of
/// what the previous one left. Chance comes from the caller. Nothing is allocated per token in steady state.
/// </summary>
/// <remarks>
/// Order and border cases as in Hugging Face transformers 5; frequency and presence penalty by OpenAI's formula. Not
/// thread-safe: one sampler per sequence, which also carries the counts of that sequence's history.
/// </remarks>
public sealed class Sampler
{
    /// <summary>What <see cref="Sample"/> returns when every token is banned: the reply has to end.</summary>
    public const int NothingLeft = -1;

    /// <summary>Rows up to this length are weighed in double precision throughout. Unit: tokens.</summary>
    private const int SmallVocabulary = 4_096;

    private readonly SamplingOptions _options;
    private readonly int _vocabularySize;
    private readonly LogitEdits _edits;
    private readonly Candidates _candidates = new();
    private readonly double[] _chunks;
    private readonly bool _greedy;
    private readonly bool _truncates;

    /// <summary>A sampler for rows of <paramref name="vocabularySize"/> logits.</summary>
    /// <exception cref="ArgumentException">The options are faulty, or bias a token that the vocabulary lacks.</exception>
    public Sampler(SamplingOptions options, int vocabularySize)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(vocabularySize);
        IReadOnlyList<string> faults = options.Validate();
        if (faults.Count > 0)
        {
            throw new ArgumentException(string.Join(Environment.NewLine, faults), nameof(options));
        }
        foreach (int id in options.LogitBias.Keys)
        {
            if (id >= vocabularySize)
            {
                throw new ArgumentException($"{SamplingOptions.Section}:LogitBias names token {id}; the model has the tokens 0 to {vocabularySize - 1}. Remove it.", nameof(options));
            }
        }
        _options = options;
        _vocabularySize = vocabularySize;
        _edits = new LogitEdits(options, vocabularySize);
        _chunks = new double[(vocabularySize + LogitScans.ChunkTokens - 1) / LogitScans.ChunkTokens];
        _greedy = options.Temperature == 0;
        _truncates = options.TopK > 0 || options.TopP < 1 || options.MinP > 0 || options.TypicalP < 1
            || options.EpsilonCutoff > 0 || options.EtaCutoff > 0;
    }

    /// <summary>
    /// ln p of the last chosen token under the model itself: temperature 1, nothing biased, penalised or cut off. NaN
    /// before the first token and when nothing was left.
    /// </summary>
    public float ModelLogProbability { get; private set; } = float.NaN;

    /// <summary>How it chooses.</summary>
    internal SamplingOptions Options => _options;

    /// <summary>The settings that touch single logits, with this sequence's counts.</summary>
    internal LogitEdits Edits => _edits;

    /// <summary>Notes what a token that was chosen elsewhere, from a row on a device, had under the model.</summary>
    internal void Note(float modelLogProbability) => ModelLogProbability = modelLogProbability;

    /// <summary>Throws unless the draw is one.</summary>
    internal static void RequireDraw(double draw)
    {
        if (!(draw is >= 0 and < 1))
        {
            throw new ArgumentException($"draw is {draw}; it must be at least 0 and below 1.", nameof(draw));
        }
    }

    /// <summary>The words for a row that holds a value which no logit may have.</summary>
    internal static string DamagedRow(int token, float logit) => $"The logit of token {token} is {logit}; it must be a number below infinity. "
        + "The weights or activations are damaged or overflowed: check the checkpoint, or its number format.";

    /// <summary>Chooses a token.</summary>
    /// <param name="logits">The model's row for the next token, (V). Used as working memory; unchanged on return.</param>
    /// <param name="prompt">Token ids before the reply; ids outside the vocabulary are allowed and do nothing.</param>
    /// <param name="generated">Token ids of the reply so far.</param>
    /// <param name="draw">Uniform in [0,1); not used when greedy.</param>
    /// <param name="logProb">
    /// ln p of the chosen token in the distribution that it was drawn from, renormalised after truncation; 0 when greedy, NaN when nothing was left.
    /// </param>
    /// <returns>The token's id, or <see cref="NothingLeft"/>.</returns>
    /// <exception cref="ArgumentException">The row is not V long, the draw is outside [0,1), or a logit is NaN or plus infinity.</exception>
    public int Sample(Span<float> logits, ReadOnlySpan<int> prompt, ReadOnlySpan<int> generated, double draw, out float logProb)
    {
        RequireDraw(draw);
        float modelMax = CheckedMax(logits);
        ModelLogProbability = logProb = float.NaN;
        if (float.IsNegativeInfinity(modelMax))
        {
            return NothingLeft;
        }
        double modelMass = LogitScans.ExpSums(logits, modelMax, 1, _chunks);
        try
        {
            _edits.Apply(logits, prompt, generated);
            int chosen = Choose(logits, draw, out double logP);
            if (chosen != NothingLeft)
            {
                logProb = (float)logP;
                ModelLogProbability = (float)((double)_edits.Original(logits, chosen) - modelMax - Math.Log(modelMass));
            }
            return chosen;
        }
        finally
        {
            _edits.Undo(logits);
        }
    }

    /// <summary>The tokens that may be drawn, by ascending id, and their probabilities; a greedy sampler has one. Allocates.</summary>
    internal (int[] Ids, double[] Probabilities) Distribution(Span<float> logits, ReadOnlySpan<int> prompt, ReadOnlySpan<int> generated)
    {
        CheckedMax(logits);
        try
        {
            _edits.Apply(logits, prompt, generated);
            float max = LogitScans.Max(logits);
            if (float.IsNegativeInfinity(max))
            {
                return ([], []);
            }
            if (_greedy)
            {
                return ([LogitScans.IndexOfAtLeast(logits, max, 0)], [1]);
            }
            Truncate(logits, max);
            return (_candidates.Ids.ToArray(), [.. _candidates.Weights.ToArray().Select(w => w / _candidates.Mass)]);
        }
        finally
        {
            _edits.Undo(logits);
        }
    }

    private float CheckedMax(ReadOnlySpan<float> logits)
    {
        if (logits.Length != _vocabularySize)
        {
            throw new ArgumentException($"The row has {logits.Length} logits; it must have one for each of the {_vocabularySize} tokens.", nameof(logits));
        }
        float max = LogitScans.Max(logits);
        if (float.IsNaN(max) || float.IsPositiveInfinity(max))
        {
            int at = 0;
            while (!float.IsNaN(logits[at]) && !float.IsPositiveInfinity(logits[at]))
            {
                at++;
            }
            throw new ArgumentException(DamagedRow(at, logits[at]), nameof(logits));
        }
        return max;
    }

    private int Choose(ReadOnlySpan<float> logits, double draw, out double logP)
    {
        float max = LogitScans.Max(logits);
        logP = 0;
        if (float.IsNegativeInfinity(max))
        {
            return NothingLeft;
        }
        if (_greedy)
        {
            return LogitScans.IndexOfAtLeast(logits, max, 0);
        }
        if (!_truncates)
        {
            return DrawFromAll(logits, max, draw, out logP);
        }
        Truncate(logits, max);
        int index = _candidates.Pick(draw);
        logP = _candidates.LogWeights[index] - Math.Log(_candidates.Mass);
        return _candidates.Ids[index];
    }

    /// <summary>Leaves in the candidates what all truncations keep.</summary>
    private void Truncate(ReadOnlySpan<float> logits, float max)
    {
        double temperature = _options.Temperature;
        double totalMass = double.NaN;
        float floor = float.NegativeInfinity;
        if (_options.TopK > 0 && _options.TopK < logits.Length)
        {
            floor = _candidates.KthLargest(logits, _options.TopK);
        }
        else if (_options.TopP < 1 && logits.Length > SmallVocabulary)
        {
            // Tokens below (1 − p) / V weigh less than 1 − p together, so top-p removes every one of them.
            totalMass = LogitScans.ExpSums(logits, max, (float)(1 / temperature), _chunks);
            floor = Below(max, temperature * Math.Log((1 - _options.TopP) / logits.Length * totalMass));
        }
        else if (_options.TopP == 1 && _options.MinP > 0)
        {
            floor = Below(max, temperature * Math.Log(_options.MinP));
        }
        _candidates.Gather(logits, floor, max, temperature);
        if (_options.TopP < 1)
        {
            _candidates.KeepTopP(_options.TopP, double.IsNaN(totalMass) ? _candidates.Mass : totalMass);
        }
        if (_options.MinP > 0)
        {
            _candidates.KeepMinP(_options.MinP);
        }
        if (_options.TypicalP < 1)
        {
            _candidates.KeepTypical(_options.TypicalP);
        }
        if (_options.EpsilonCutoff > 0)
        {
            _candidates.KeepEpsilon(_options.EpsilonCutoff);
        }
        if (_options.EtaCutoff > 0)
        {
            _candidates.KeepEta(_options.EtaCutoff);
        }
    }

    /// <summary>A floor safely below max + difference: the exact rule is applied to the few that pass.</summary>
    private static float Below(float max, double difference) => (float)(max + difference - 1e-3 - 1e-6 * Math.Abs(max));

    /// <summary>Without truncation: finds the chunk of tokens that the draw falls into, then the token in it.</summary>
    private int DrawFromAll(ReadOnlySpan<float> logits, float max, double draw, out double logP)
    {
        double temperature = _options.Temperature;
        double mass = LogitScans.ExpSums(logits, max, (float)(1 / temperature), _chunks);
        double left = draw * mass;
        int chunk = 0, heaviest = 0;
        for (; chunk < _chunks.Length && left >= _chunks[chunk]; chunk++)
        {
            left -= _chunks[chunk];
            heaviest = _chunks[chunk] > _chunks[heaviest] ? chunk : heaviest;
        }
        int from = (chunk < _chunks.Length ? chunk : heaviest) * LogitScans.ChunkTokens;
        int to = Math.Min(from + LogitScans.ChunkTokens, logits.Length), chosen = from;
        double weight = 0;
        for (int id = from; id < to && (left >= 0 || weight == 0); id++)
        {
            double w = Math.Exp(((double)logits[id] - max) / temperature);
            if (w > 0)
            {
                (chosen, weight) = (id, w);
                left -= w;
            }
        }
        logP = ((double)logits[chosen] - max) / temperature - Math.Log(mass);
        return chosen;
    }
}
