using System.Threading.Tasks.Sources;

namespace MicroChat.Chat.Serving;

/// <summary>
/// What the engine's thread says to the one reader of a reply: place in the queue, start, tokens, end. Holds a bounded number of tokens;
/// writing one allocates nothing, and the reader goes on elsewhere than on the engine's thread.
/// </summary>
internal sealed class TokenChannel(int capacity, int alternatives) : IValueTaskSource, IThreadPoolWorkItem
{
    private readonly Lock _gate = new();
    private readonly TokenEvent[] _tokens = new TokenEvent[capacity];
    private readonly (int Id, float LogProbability)[] _top = new (int, float)[capacity * alternatives];
    private ManualResetValueTaskSourceCore<bool> _news;
    private int _first;
    private int _count;
    private bool _waiting;
    private bool _poked;
    private bool _started;
    private bool _toldStart;
    private QueueStatus? _queue;
    private ReplyEnd? _end;
    private Exception? _failure;

    /// <summary>Whether a token fits.</summary>
    public bool HasRoom
    {
        get
        {
            lock (_gate)
            {
                return _count < _tokens.Length;
            }
        }
    }

    /// <summary>Tells a new place in the queue; one that was not read yet is replaced.</summary>
    public void WriteQueue(QueueStatus status)
    {
        lock (_gate)
        {
            _queue = status;
        }
        Wake();
    }

    /// <summary>Tells that work began.</summary>
    public void WriteStart()
    {
        lock (_gate)
        {
            (_queue, _started) = (null, true);
        }
        Wake();
    }

    /// <summary>Adds a token, for which there is room, and its most probable rivals.</summary>
    public void Write(TokenEvent token, ReadOnlySpan<(int Id, float LogProbability)> top)
    {
        lock (_gate)
        {
            int at = (_first + _count) % _tokens.Length;
            _tokens[at] = token;
            top.CopyTo(_top.AsSpan(at * alternatives, alternatives));
            _count++;
        }
        Wake();
    }

    /// <summary>Tells the end, after the tokens.</summary>
    public void Complete(ReplyEnd end)
    {
        lock (_gate)
        {
            _end ??= end;
        }
        Wake();
    }

    /// <summary>Tells that the reply failed, after the tokens.</summary>
    public void Fail(Exception failure)
    {
        lock (_gate)
        {
            _failure ??= failure;
        }
        Wake();
    }

    /// <summary>Lets the reader look again, now or when it next waits, as when its own token was cancelled.</summary>
    public void Poke()
    {
        lock (_gate)
        {
            _poked = true;
        }
        Wake();
    }

    private void Wake()
    {
        lock (_gate)
        {
            if (!_waiting)
            {
                return;
            }
            _waiting = false;
        }
        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    /// <summary>Completes when there may be something to take. One reader.</summary>
    public ValueTask WaitAsync()
    {
        lock (_gate)
        {
            if (_poked || _queue is not null || _started != _toldStart || _count > 0 || _end is not null || _failure is not null)
            {
                _poked = false;
                return default;
            }
            _news.Reset();
            _waiting = true;
            return new ValueTask(this, _news.Version);
        }
    }

    /// <summary>A place in the queue that was not told yet.</summary>
    public QueueStatus? TakeQueue()
    {
        lock (_gate)
        {
            QueueStatus? status = _queue;
            _queue = null;
            return status;
        }
    }

    /// <summary>Whether work began since the last call.</summary>
    public bool TakeStart()
    {
        lock (_gate)
        {
            bool news = _started != _toldStart;
            _toldStart = _started;
            return news;
        }
    }

    /// <summary>The next token; its rivals go where <paramref name="top"/> is.</summary>
    /// <param name="token">The token.</param>
    /// <param name="top">Room for the alternatives asked for.</param>
    /// <param name="madeRoom">Whether the channel was full.</param>
    public bool TryTake(out TokenEvent token, Span<(int Id, float LogProbability)> top, out bool madeRoom)
    {
        lock (_gate)
        {
            madeRoom = _count == _tokens.Length;
            token = default;
            if (_count == 0)
            {
                return false;
            }
            token = _tokens[_first];
            _top.AsSpan(_first * alternatives, alternatives).CopyTo(top);
            _first = (_first + 1) % _tokens.Length;
            _count--;
            return true;
        }
    }

    /// <summary>The end, once every token was taken.</summary>
    /// <exception cref="Exception">What the reply failed with.</exception>
    public ReplyEnd? TakeEnd()
    {
        lock (_gate)
        {
            if (_count > 0)
            {
                return null;
            }
            if (_failure is not null)
            {
                System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(_failure);
            }
            return _end;
        }
    }

    void IThreadPoolWorkItem.Execute() => _news.SetResult(true);

    void IValueTaskSource.GetResult(short token) => _news.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _news.GetStatus(token);

    void IValueTaskSource.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _news.OnCompleted(continuation, state, token, flags);
}
