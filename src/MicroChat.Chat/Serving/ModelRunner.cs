using MicroChat.Model.Decoding;
using MicroChat.Model.Sampling;

namespace MicroChat.Chat.Serving;

/// <summary>
/// The replies that run on one model, advanced together step by step: every reply that has begun by one token, and beside them a bounded
/// number of prompt tokens of those that have not. Used by the engine's thread only, but for what is said otherwise.
/// </summary>
internal sealed class ModelRunner : IDisposable
{
    /// <summary>A prompt waits for another in work that shares so many more tokens with it than any cache does. Unit: tokens.</summary>
    private const int WorthWaiting = 16;

    private readonly EngineOptions _options;
    private readonly EngineMetrics _metrics;
    private readonly ReplyPace _pace;
    private readonly TimeProvider _time;
    private readonly PrefixPool _pool;
    private readonly StepRows _rows;
    private readonly TopTokens _top;
    private readonly StepSamples _samples;
    private readonly int[] _endTokens;
    private readonly List<ReplySequence> _running = [];
    private readonly List<ReplySequence> _ended = [];
    private readonly TaskCompletionSource _gone = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public ModelRunner(ServingModel model, EngineOptions options, EngineMetrics metrics, ReplyPace pace, TimeProvider time)
    {
        (Model, _options, _metrics, _pace, _time) = (model, options, metrics, pace, time);
        _pool = new PrefixPool(model.Decoder, model.Card.ContextTokens, options.SideCacheBytes);
        _rows = new StepRows(model.Decoder.StepTokens);
        _top = new TopTokens(model.Decoder);
        _samples = new StepSamples(model.Decoder);
        _endTokens = [.. model.Decoder.Config.EndTokenIds];
    }

    public ServingModel Model { get; }

    public string Version => Model.Card.Version;

    /// <summary>Whether another model has taken its place; under the engine's lock.</summary>
    public bool IsRetired { get; set; }

    /// <summary>Whether it is the one that most requests go to, with the caches' whole memory; under the engine's lock.</summary>
    public bool IsMain { get; set; }

    /// <summary>Whether its caches' memory is used up until a reply ends; under the engine's lock. Requests for other models go on meanwhile.</summary>
    public bool HasNoRoom { get; private set; }

    /// <summary>Requests that wait for it; under the engine's lock.</summary>
    public int Queued { get; set; }

    /// <summary>Replies in work, those that wait for their readers included.</summary>
    public int Running => _running.Count;

    /// <summary>Replies that wait for their readers; they hold no place.</summary>
    public int Stalled { get; private set; }

    /// <summary>Completes when the model was retired and disposed.</summary>
    public Task Gone => _gone.Task;

    /// <summary>Begins with a request; false when there is no memory for it yet.</summary>
    public bool TryStart(ReplySequence sequence)
    {
        PrefixEntry? entry;
        try
        {
            entry = _pool.TryTake(sequence.Prompt, sequence.MostTokens);
        }
        catch (OutOfMemoryException failure)
        {
            sequence.Channel.Fail(failure);
            sequence.Abandon();                                       // it leaves the queue with the next look at it
            return false;
        }
        if (entry is null)
        {
            HasNoRoom = true;
            return false;
        }
        sequence.Entry = entry;
        sequence.CachedTokens = entry.Cache.Seen;
        sequence.StartedAt = _time.GetTimestamp();
        _running.Add(sequence);
        _metrics.Started(_time.GetElapsedTime(sequence.QueuedAt, sequence.StartedAt));
        sequence.Channel.WriteStart();
        return true;
    }

    /// <summary>Books what the last step computed and who left; under the engine's lock.</summary>
    /// <returns>Whether a place became free.</returns>
    public bool Settle()
    {
        HasNoRoom = false;
        _pool.SetBudget(IsMain ? _options.CacheBytes : _options.SideCacheBytes);
        for (int row = 0; row < _rows.Count; row++)
        {
            _rows[row].Share!.Served += _rows.TokensOf(row);
        }
        _rows.Clear();
        foreach (ReplySequence sequence in _running)
        {
            sequence.HoldPlace(sequence.StalledAt is null);
        }
        foreach (ReplySequence sequence in _ended)
        {
            sequence.HoldPlace(false);
        }
        bool left = _ended.Count > 0;
        _ended.Clear();
        return left;
    }

    /// <summary>Advances every reply that can be advanced.</summary>
    /// <returns>Whether there was any.</returns>
    public bool Step()
    {
        Reap();
        Plan();
        if (_rows.Count == 0)
        {
            return false;
        }
        try
        {
            _rows.Forward(Model.Decoder);
        }
        catch (Exception failure) // of the step: those in it end with it, the engine goes on
        {
            for (int row = 0; row < _rows.Count; row++)
            {
                Fail(_rows[row], failure);
            }
            return true;
        }
        _samples.Draw(_rows);
        for (int row = 0; row < _rows.Count; row++)
        {
            if (_rows[row].Pending == 0)
            {
                Choose(_rows[row], row);
            }
        }
        return true;
    }

    /// <summary>Ends everything that runs, marked as interrupted.</summary>
    /// <returns>How many that were.</returns>
    public int Interrupt()
    {
        int count = 0;
        for (; _running.Count > 0; count++)
        {
            End(_running[^1], ReplyFinish.Interrupted, _running[^1].ReplyTokens);
        }
        return count;
    }

    public void Dispose()
    {
        _pool.Dispose();
        Model.Dispose();
        _gone.TrySetResult();
    }

    /// <summary>Lets go of replies that nobody wants, or whose reader stood still for too long.</summary>
    private void Reap()
    {
        Stalled = 0;
        for (int i = _running.Count - 1; i >= 0; i--)
        {
            ReplySequence sequence = _running[i];
            if (sequence.IsAbandoned || HasStoodTooLong(sequence))
            {
                End(sequence, ReplyFinish.Interrupted, sequence.ReplyTokens);
            }
            else
            {
                Stalled += sequence.StalledAt is null ? 0 : 1;
            }
        }
    }

    private bool HasStoodTooLong(ReplySequence sequence)
    {
        sequence.StalledAt = sequence.Channel.HasRoom ? null : sequence.StalledAt ?? _time.GetTimestamp();
        return sequence.StalledAt is { } since && _time.GetElapsedTime(since) >= _options.StallLimit;
    }

    private void Plan()
    {
        int beginning = 0;
        for (int i = 0; i < _running.Count; i++)
        {
            ReplySequence sequence = _running[i];
            if (!sequence.IsDecoding)
            {
                sequence.IsHeld = WaitsForOther(i);
                beginning += sequence.IsHeld ? 0 : 1;
            }
            else if (sequence.StalledAt is null && _rows.Room > 0)
            {
                _rows.Add(sequence, 1);
            }
        }
        int budget = _rows.Count > 0 ? Math.Min(_options.PrefillTokens, _rows.Room) : _rows.Room;
        for (int i = 0; i < _running.Count && budget > 0; i++)
        {
            ReplySequence sequence = _running[i];
            if (sequence is { IsDecoding: false, IsHeld: false })
            {
                int share = (budget + beginning - 1) / beginning--;   // what one leaves over goes to those behind it
                int tokens = Math.Min(share, sequence.Pending);
                _rows.Add(sequence, tokens);
                budget -= tokens;
            }
        }
    }

    /// <summary>
    /// Whether the beginning of this prompt is being computed for an earlier one: then it is copied when it is there, instead of computed twice.
    /// </summary>
    private bool WaitsForOther(int index)
    {
        ReplySequence sequence = _running[index];
        if (sequence.Entry!.Cache.Seen > sequence.CachedTokens)       // something was computed for it already
        {
            return false;
        }
        int seen = sequence.CachedTokens = _pool.Extend(sequence.Entry, sequence.Prompt);
        for (int i = 0; i < index; i++)
        {
            ReplySequence other = _running[i];
            if (!other.IsDecoding && other.Prompt.AsSpan().CommonPrefixLength(sequence.Prompt.AsSpan(..^1)) - seen >= WorthWaiting)
            {
                return true;
            }
        }
        return false;
    }

    private void Choose(ReplySequence sequence, int row)
    {
        SampledToken drawn;
        ReadOnlySpan<(int, float)> top;
        try
        {
            top = _top.Of(row, sequence.Alternatives);
            drawn = _samples.Of(sequence, row);
        }
        catch (Exception failure) // of this reply alone
        {
            Fail(sequence, failure);
            return;
        }
        if (!sequence.IsDecoding)
        {
            sequence.FirstTokenAt = _time.GetTimestamp();
            _metrics.FirstToken(_time.GetElapsedTime(sequence.QueuedAt, sequence.FirstTokenAt), sequence.Prompt.Length, sequence.CachedTokens);
        }
        _metrics.Generated();
        if (drawn.Token == Sampler.NothingLeft || _endTokens.AsSpan().Contains(drawn.Token))
        {
            End(sequence, ReplyFinish.EndOfText, sequence.ReplyTokens + 1);
            return;
        }
        sequence.Add(drawn.Token);
        sequence.Channel.Write(new TokenEvent(drawn.Token, drawn.LogProb, sequence.Sampler.ModelLogProbability), top);
        if (sequence.IsFull)
        {
            End(sequence, ReplyFinish.Length, sequence.ReplyTokens);
        }
    }

    private void End(ReplySequence sequence, ReplyFinish finish, int tokens)
    {
        Leave(sequence);
        sequence.Channel.Complete(new ReplyEnd(finish, tokens, sequence.CachedTokens));
    }

    private void Fail(ReplySequence sequence, Exception failure)
    {
        Leave(sequence);
        sequence.Channel.Fail(failure);
    }

    private void Leave(ReplySequence sequence)
    {
        _running.Remove(sequence);
        _ended.Add(sequence);
        _pool.Return(sequence.Entry!);
        if (sequence.IsDecoding)
        {
            _metrics.Ended(_time.GetElapsedTime(sequence.FirstTokenAt), sequence.ReplyTokens);
            _pace.Note(_time.GetElapsedTime(sequence.StartedAt));
        }
    }
}
