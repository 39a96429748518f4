using MicroChat.Model.Decoding;
using MicroChat.Model.Sampling;
using MicroChat.Training.Preferences;

namespace MicroChat.Training.Rollouts;

/// <summary>
/// Lets a policy reply to many prompts with the decoder that serves: cached, and so many replies in work at once that a new one begins where
/// another has ended. A reply has the same tokens whatever else is in work.
/// </summary>
public sealed class RolloutGenerator : IDisposable
{
    private readonly IDecoder _decoder;
    private readonly KeyValueCache[] _caches;
    private readonly List<int> _ids = [];

    /// <summary>A generator; the decoder stays the caller's.</summary>
    /// <param name="decoder">The serving decoder over the policy's base.</param>
    /// <param name="sequences">Replies in work at once.</param>
    /// <param name="slots">Longest prompt plus reply. Unit: tokens.</param>
    public RolloutGenerator(IDecoder decoder, int sequences, int slots)
    {
        _decoder = decoder;
        _caches = [.. Enumerable.Range(0, Math.Min(sequences, decoder.StepTokens)).Select(_ => decoder.NewCache(slots))];
    }

    /// <summary>One reply to every prompt, in their order.</summary>
    /// <param name="prompts">Each of at least one token, and with its longest reply within the slots.</param>
    /// <param name="adapter">What the policy adds to the base; null: the base alone.</param>
    /// <param name="sampling">How to sample.</param>
    /// <param name="seed">Seed of the draws.</param>
    /// <param name="firstNumber">Number of the first reply; reply i draws from stream firstNumber + i.</param>
    /// <exception cref="ArgumentException">A prompt is empty or too long.</exception>
    public Rollout[] Generate(IReadOnlyList<int[]> prompts, LoraAdapter? adapter, SamplingOptions sampling, int seed, long firstNumber)
    {
        foreach (int[] prompt in prompts)
        {
            if (prompt.Length == 0 || prompt.Length + sampling.MaxReplyTokens > _caches[0].Slots)
            {
                throw new ArgumentException($"A prompt has {prompt.Length} tokens; it must have 1 to {_caches[0].Slots - sampling.MaxReplyTokens}, so that a reply of {sampling.MaxReplyTokens} fits.", nameof(prompts));
            }
        }
        var finished = new Rollout[prompts.Count];
        var working = new List<Sequence>();
        var free = new Stack<KeyValueCache>(_caches);
        for (int next = 0; next < prompts.Count || working.Count > 0;)
        {
            while (next < prompts.Count && free.TryPop(out KeyValueCache? cache))
            {
                cache.Truncate(0);
                cache.Adapter = adapter;
                working.Add(new Sequence(
                    next, prompts[next], sampling.MaxReplyTokens, cache, new Sampler(sampling, _decoder.Config.VocabularySize), new SeededDraws((ulong)seed, (ulong)(firstNumber + next))));
                next++;
            }
            Step(working);
            foreach (Sequence done in working.Where(sequence => sequence.IsDone))
            {
                finished[done.Index] = done.Result();
                free.Push(done.Cache);
            }
            working.RemoveAll(sequence => sequence.IsDone);
        }
        return finished;
    }

    /// <inheritdoc/>
    public void Dispose() => Array.ForEach(_caches, cache => cache.Dispose());

    /// <summary>Feeds what each sequence has pending, as far as a step's tokens reach, and draws the next token of those that are up to date.</summary>
    private void Step(List<Sequence> working)
    {
        _ids.Clear();
        var starts = new List<int> { 0 };
        for (int i = 0; i < working.Count; i++)
        {
            int others = working.Count - 1 - i;                           // every later sequence gets at least one token
            ReadOnlySpan<int> pending = working[i].Pending;
            _ids.AddRange(pending[..Math.Min(pending.Length, _decoder.StepTokens - _ids.Count - others)]);
            starts.Add(_ids.Count);
        }
        _decoder.Forward(_ids.ToArray(), starts.ToArray(), working.Select(sequence => sequence.Cache).ToArray());
        int[] due = [.. Enumerable.Range(0, working.Count).Where(i => working[i].Pending.IsEmpty)];
        SampledToken[] drawn = new SampledToken[due.Length];
        _decoder.Sample([.. due.Select(i => working[i].Request(i))], drawn);
        for (int i = 0; i < due.Length; i++)
        {
            working[due[i]].Take(drawn[i], _decoder.Config.EndTokenIds);
        }
    }

    private sealed class Sequence
    {
        private readonly int _promptTokens;
        private readonly int[] _row;
        private readonly float[] _logProbs;
        private readonly Sampler _sampler;
        private readonly SeededDraws _draws;
        private int _length;
        private bool _ended;

        public Sequence(int index, int[] prompt, int longest, KeyValueCache cache, Sampler sampler, SeededDraws draws)
        {
            (Index, Cache, _sampler, _draws, _promptTokens, _length) = (index, cache, sampler, draws, prompt.Length, prompt.Length);
            (_row, _logProbs) = (new int[prompt.Length + longest], new float[longest]);
            prompt.CopyTo(_row, 0);
        }

        public int Index { get; }

        public KeyValueCache Cache { get; }

        public bool IsDone => _ended || _length == _row.Length;

        /// <summary>What the cache has not seen yet.</summary>
        public ReadOnlySpan<int> Pending => _row.AsSpan(Cache.Seen, _length - Cache.Seen);

        /// <summary>What the next token is drawn with.</summary>
        public SampleRequest Request(int sequence) =>
            new(sequence, _sampler, _row.AsMemory(0, _promptTokens), _row.AsMemory(_promptTokens, _length - _promptTokens), _draws.NextDouble());

        public void Take(SampledToken drawn, IReadOnlyList<int> endTokens)
        {
            if (drawn.Failure is not null)
            {
                throw drawn.Failure;
            }
            _logProbs[_length - _promptTokens] = drawn.LogProb;
            _row[_length++] = drawn.Token;
            _ended = endTokens.Contains(drawn.Token);
        }

        public Rollout Result() => new(new EncodedReply(_row[.._length], _promptTokens), _logProbs[..(_length - _promptTokens)], _ended);
    }
}
