namespace MicroChat.Chat.Serving;

/// <summary>
/// The engine's thread: lets waiting requests in while there is room, advances the runners step by step, and sleeps when nothing can be
/// advanced. Everything that other threads touch is under one lock, which is never held while a step is computed.
/// </summary>
internal sealed partial class Scheduler : IDisposable
{
    /// <summary>How often a clock is looked at while nothing moves but something has a time limit.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(20);

    private readonly object _gate = new();
    private readonly EngineOptions _options;
    private readonly TimeProvider _time;
    private readonly FairQueue _queue;
    private readonly ReplyPace _pace;
    private readonly List<ModelRunner> _runners = [];                // the engine's thread only
    private readonly List<ModelRunner> _arriving = [];
    private readonly RunnerSet _served;
    private readonly Action<ReplySequence, int> _tellPosition;
    private readonly Thread _thread;
    private Draining? _draining;
    private bool _signalled;
    private bool _queueChanged;
    private bool _stopped;
    private volatile int _running;

    public Scheduler(EngineOptions options, TimeProvider time, ReplyPace pace, ModelRunner first)
    {
        (_options, _time, _pace, _served) = (options, time, pace, new RunnerSet(first));
        _queue = new FairQueue(options);
        _runners.Add(first);
        _tellPosition = TellPosition;
        _thread = new Thread(Run) { IsBackground = true, Name = "engine" };
        _thread.Start();
    }

    public int Queued
    {
        get
        {
            lock (_gate)
            {
                return _queue.Count;
            }
        }
    }

    public int Running => _running;

    /// <summary>Takes a request in.</summary>
    /// <returns>False: the runner was retired meanwhile; prepare the request for the new one.</returns>
    /// <exception cref="QueueFullException">There is no room in the queue.</exception>
    /// <exception cref="EngineStoppingException">Nothing is taken in any more.</exception>
    public bool TrySubmit(ReplySequence sequence, ModelRunner runner)
    {
        lock (_gate)
        {
            if (_stopped || _draining is not null)
            {
                throw Stopping();
            }
            if (runner.IsRetired)
            {
                return false;
            }
            if (!_queue.HasRoom(sequence.User))
            {
                throw _pace.Full(_queue.Count);
            }
            sequence.Runner = runner;
            sequence.QueuedAt = _time.GetTimestamp();
            runner.Queued++;
            _queue.Add(sequence);
            _queueChanged = true;
            if (_running >= _options.MaxRunning || _queue.Count > 1)  // else it starts at once
            {
                _queue.TellPositions(_tellPosition);
            }
            Wake();
            return true;
        }
    }

    /// <summary>Something changed: an abandoned request, a reader that took a token from a full channel.</summary>
    public void Signal()
    {
        lock (_gate)
        {
            Wake();
        }
    }

    /// <summary>Takes nothing in any more, refuses what waits, and interrupts what still runs at the limit.</summary>
    public Task<DrainReport> Drain(TimeSpan limit)
    {
        lock (_gate)
        {
            if (_draining is null)
            {
                _draining = new Draining(_time.GetTimestamp(), limit, _running);
                _draining.End(_stopped ? 0 : null);
                Wake();
            }
            return _draining.Report;
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _stopped = true;
            Wake();
        }
        _thread.Join();
    }

    private void Wake()
    {
        _signalled = true;
        Monitor.Pulse(_gate);
    }

    private void Run()
    {
        bool worked = false;
        while (Await(worked))
        {
            worked = false;
            foreach (ModelRunner runner in _runners)
            {
                worked |= runner.Step();
            }
        }
        foreach (ModelRunner runner in _runners)
        {
            runner.Interrupt();
            runner.Dispose();
        }
    }

    /// <summary>Everything between two steps; sleeps while there is nothing to do.</summary>
    /// <returns>False: the engine is to stop.</returns>
    private bool Await(bool worked)
    {
        lock (_gate)
        {
            while (!_stopped)
            {
                bool signalled = _signalled;
                _signalled = false;
                Settle();
                LeaveQueue();
                Admit();
                TellPositions();
                _running = CountRunning();
                if (worked || (signalled && _running > 0) || _running > CountStalled())
                {
                    return true;
                }
                Monitor.Wait(_gate, _running > 0 ? Patience : Timeout.InfiniteTimeSpan);
                worked = _running > 0;
            }
            _runners.AddRange(_arriving);
            _queue.RemoveWhere(Refuse);
            _draining?.End(_runners.Sum(runner => runner.Running));
            return false;
        }
    }

    /// <summary>Books what left, disposes what is retired and empty, and ends a drain that is done or out of time.</summary>
    private void Settle()
    {
        _runners.AddRange(_arriving);
        _arriving.Clear();
        for (int i = _runners.Count - 1; i >= 0; i--)
        {
            ModelRunner runner = _runners[i];
            _queueChanged |= runner.Settle();
            if (runner is { IsRetired: true, Queued: 0, Running: 0 })
            {
                _runners.RemoveAt(i);
                runner.Dispose();
            }
        }
        if (_draining is { IsOver: false } draining)
        {
            _queue.RemoveWhere(Refuse);
            bool late = _time.GetElapsedTime(draining.Since) >= draining.Limit;
            int interrupted = late ? _runners.Sum(runner => runner.Interrupt()) : 0;
            draining.End(late || CountRunning() == 0 ? interrupted : null);
        }
    }

    private void LeaveQueue() => _queueChanged |= _queue.RemoveWhere(IsAbandoned);

    private static bool IsAbandoned(ReplySequence sequence)
    {
        if (sequence.IsAbandoned)
        {
            sequence.Runner!.Queued--;
        }
        return sequence.IsAbandoned;
    }

    private static bool Refuse(ReplySequence sequence)
    {
        sequence.Runner!.Queued--;
        sequence.Channel.Fail(Stopping());
        return true;
    }

    private void Admit()
    {
        while (_queue.Count > 0 && CountRunning() - CountStalled() < _options.MaxRunning
            && _queue.Peek() is { } next)
        {
            if (next.Runner!.TryStart(next))
            {
                _queue.Start(next);
                next.Runner.Queued--;
                _queueChanged = true;
            }
            else if (!next.Runner.HasNoRoom)
            {
                return;                                               // it failed and leaves the queue with the next look at it
            }
        }
    }

    private void TellPositions()
    {
        if (_queueChanged)
        {
            _queueChanged = false;
            _queue.TellPositions(_tellPosition);
        }
    }

    private void TellPosition(ReplySequence sequence, int position)
    {
        if (sequence.ToldPosition != position)
        {
            sequence.ToldPosition = position;
            sequence.Channel.WriteQueue(new QueueStatus(position, _pace.Estimate(position)));
        }
    }

    private int CountRunning() => Count(runner => runner.Running);

    private int CountStalled() => Count(runner => runner.Stalled);

    private int Count(Func<ModelRunner, int> of)
    {
        int count = 0;
        foreach (ModelRunner runner in _runners)
        {
            count += of(runner);
        }
        return count;
    }

    private static EngineStoppingException Stopping() =>
        new("The service is being stopped and takes no new requests. Try again when it is back.");
}
