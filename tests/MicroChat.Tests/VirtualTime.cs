namespace MicroChat.Tests;

/// <summary>A clock whose timers fire when the test lets time pass.</summary>
internal sealed class VirtualTime : TimeProvider
{
    private readonly Lock _lock = new();
    private readonly List<Alarm> _alarms = [];
    private DateTimeOffset _now = new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <summary>Time since the start of the test.</summary>
    public TimeSpan Passed => GetUtcNow() - new DateTimeOffset(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);

    public override long GetTimestamp() => GetUtcNow().Ticks;

    public override DateTimeOffset GetUtcNow()
    {
        lock (_lock)
        {
            return _now;
        }
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var alarm = new Alarm(this, callback, state);
        alarm.Change(dueTime, period);
        return alarm;
    }

    public void Advance(TimeSpan time) => AdvanceTo(GetUtcNow() + time);

    /// <summary>Lets time pass, from alarm to alarm, until the task has ended.</summary>
    public async Task<T> RunAsync<T>(Task<T> task)
    {
        await RunAsync((Task)task);
        return await task;
    }

    /// <summary>Lets time pass, from alarm to alarm, until the task has ended; fails after a virtual day.</summary>
    public async Task RunAsync(Task task)
    {
        while (!task.IsCompleted)
        {
            await Task.WhenAny(task, Task.Delay(15, CancellationToken.None));
            if (!task.IsCompleted && NextAlarm() is { } next)
            {
                Assert.True(Passed < TimeSpan.FromDays(3), "The task never ended.");
                AdvanceTo(next);
            }
        }
        await task;
    }

    private DateTimeOffset? NextAlarm()
    {
        lock (_lock)
        {
            return _alarms.Count == 0 ? null : _alarms.Min(a => a.At);
        }
    }

    private void AdvanceTo(DateTimeOffset target)
    {
        while (true)
        {
            Alarm? due;
            lock (_lock)
            {
                due = _alarms.Where(a => a.At <= target).MinBy(a => a.At);
                _now = due is null ? Later(_now, target) : Later(_now, due.At);
                due?.Rearm();
            }
            if (due is null)
            {
                return;
            }
            due.Fire();
        }
    }

    private static DateTimeOffset Later(DateTimeOffset a, DateTimeOffset b) => a > b ? a : b;

    private sealed class Alarm(VirtualTime owner, TimerCallback callback, object? state) : ITimer
    {
        private TimeSpan _every = Timeout.InfiniteTimeSpan;

        public DateTimeOffset At { get; private set; }

        public void Fire() => callback(state);

        /// <summary>Sets the next alarm of a timer that repeats; takes any other away. The caller holds the lock.</summary>
        public void Rearm()
        {
            if (_every > TimeSpan.Zero)
            {
                At += _every;
            }
            else
            {
                owner._alarms.Remove(this);
            }
        }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (owner._lock)
            {
                owner._alarms.Remove(this);
                _every = period;
                if (dueTime >= TimeSpan.Zero)
                {
                    At = owner._now + dueTime;
                    owner._alarms.Add(this);
                }
            }
            return true;
        }

        public void Dispose()
        {
            lock (owner._lock)
            {
                owner._alarms.Remove(this);
            }
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
