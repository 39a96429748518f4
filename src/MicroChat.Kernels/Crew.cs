namespace MicroChat.Kernels;

/// <summary>
/// A fixed crew of threads that share one piece of work after another: the caller is member 0, the others wait between runs.
/// A run allocates nothing. One caller at a time.
/// </summary>
public sealed unsafe class Crew : IDisposable
{
    /// <summary>Polls before a waiting member gives its core away; about a microsecond of patience per hundred.</summary>
    private const int SpinPolls = 2_000;

    private readonly Thread[] _others;
    private readonly SemaphoreSlim[] _wake;
    private readonly int[] _asleep;
    private delegate*<void*, int, int, void> _work;
    private void* _state;
    private int _run;
    private int _running;
    private bool _stopped;
    private Exception? _failure;

    /// <summary>Starts <paramref name="members"/> − 1 background threads.</summary>
    /// <param name="members">Threads that work, the caller included; at least 1.</param>
    public Crew(int members)
    {
        Shape.Require(members >= 1, members, $"at least 1");
        Members = members;
        _others = new Thread[members - 1];
        _wake = new SemaphoreSlim[members - 1];
        _asleep = new int[members - 1];
        for (int i = 0; i < _others.Length; i++)
        {
            int index = i;
            _wake[i] = new SemaphoreSlim(0);
            _others[i] = new Thread(() => Wait(index)) { IsBackground = true, Name = $"crew {i + 1}" };
            _others[i].Start();
        }
    }

    /// <summary>Threads that work, the caller included.</summary>
    public int Members { get; }

    /// <summary>
    /// Calls <paramref name="work"/>(state, member, members) once on every member and returns when all are done.
    /// </summary>
    /// <exception cref="AggregateException">A member failed; what the members wrote so far stays written.</exception>
    public void Run(delegate*<void*, int, int, void> work, void* state)
    {
        if (Members == 1)
        {
            work(state, 0, 1);
            return;
        }
        ObjectDisposedException.ThrowIf(_stopped, this);
        _work = work;
        _state = state;
        Volatile.Write(ref _running, _others.Length);
        Interlocked.Increment(ref _run);
        WakeSleepers();
        Work(0);
        AwaitOthers();
        if (_failure is { } failure)
        {
            _failure = null;
            throw new AggregateException("A member of the thread crew failed.", failure);
        }
    }

    /// <summary>Ends the threads. Not during a run.</summary>
    public void Dispose()
    {
        if (_stopped)
        {
            return;
        }
        _stopped = true;
        Interlocked.Increment(ref _run);
        WakeSleepers();
        foreach (Thread thread in _others)
        {
            thread.Join();
        }
        foreach (SemaphoreSlim wake in _wake)
        {
            wake.Dispose();
        }
    }

    private void WakeSleepers()
    {
        for (int i = 0; i < _asleep.Length; i++)
        {
            if (Interlocked.Exchange(ref _asleep[i], 0) == 1)
            {
                _wake[i].Release();
            }
        }
    }

    private void AwaitOthers()
    {
        for (int polls = 0; Volatile.Read(ref _running) != 0; polls++)
        {
            if (polls < SpinPolls)
            {
                Thread.SpinWait(1);
            }
            else
            {
                Thread.Yield();
            }
        }
    }

    private void Wait(int index)
    {
        int seen = 0;
        while (true)
        {
            AwaitRun(index, seen);
            seen = Volatile.Read(ref _run);
            if (_stopped)
            {
                return;
            }
            Work(index + 1);
            Interlocked.Decrement(ref _running);
        }
    }

    private void AwaitRun(int index, int seen)
    {
        while (!SpinForRun(seen))
        {
            // Announce the sleep first, then look again: a run that starts in between is either seen here or takes the mark back and
            // releases. A caller still busy waking for the run before may release too: hence the loop.
            Interlocked.Exchange(ref _asleep[index], 1);
            if (Volatile.Read(ref _run) != seen && Interlocked.Exchange(ref _asleep[index], 0) == 1)
            {
                return;
            }
            _wake[index].Wait();
        }
    }

    private bool SpinForRun(int seen)
    {
        for (int polls = 0; polls < SpinPolls; polls++)
        {
            if (Volatile.Read(ref _run) != seen)
            {
                return true;
            }
            Thread.SpinWait(1);
        }
        return false;
    }

    private void Work(int member)
    {
        try
        {
            _work(_state, member, Members);
        }
        catch (Exception failure) // carried to the caller of Run, on whose behalf this member works
        {
            Interlocked.CompareExchange(ref _failure, failure, null);
        }
    }
}
