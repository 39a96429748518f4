using System.Collections.Concurrent;
using MicroChat.Feedback;
using MicroChat.Options;

namespace MicroChat.Web;

/// <summary>The replies that are under way, so that their visitor can stop them and nobody has too many.</summary>
internal sealed class RunningReplies(AppOptions options, TimeProvider time)
{
    private readonly ConcurrentDictionary<Guid, Run> runs = new();

    /// <summary>Enters a reply; dispose what is returned at its end.</summary>
    /// <exception cref="PageException">The visitor has too many replies under way.</exception>
    public Run Begin(Pseudonym visitor, CancellationToken aborted)
    {
        int most = options.Page.MostRepliesAtOnce;
        if (runs.Values.Count(run => run.Visitor == visitor) >= most)
        {
            throw new PageException(429, "busy", $"You have {most} replies under way already; wait for one or stop it.", retry: true);
        }
        var run = new Run(this, Guid.CreateVersion7(time.GetUtcNow()), visitor, aborted);
        runs[run.Id] = run;
        return run;
    }

    /// <summary>Ends a reply early. What was said until then is kept. One that has ended already is no error.</summary>
    public void Stop(Guid id, Pseudonym visitor)
    {
        if (runs.TryGetValue(id, out Run? run) && run.Visitor == visitor)
        {
            run.Stop();
        }
    }

    /// <summary>One message that is being replied to.</summary>
    internal sealed class Run : IDisposable
    {
        private readonly RunningReplies owner;
        private readonly CancellationTokenSource stop;
        private readonly Lock gate = new();
        private bool disposed;

        public Run(RunningReplies owner, Guid id, Pseudonym visitor, CancellationToken aborted)
        {
            this.owner = owner;
            Id = id;
            Visitor = visitor;
            stop = CancellationTokenSource.CreateLinkedTokenSource(aborted);
            Stopping = stop.Token;
        }

        public Guid Id { get; }

        public Pseudonym Visitor { get; }

        /// <summary>Set when the visitor stops the reply, or is gone.</summary>
        public CancellationToken Stopping { get; }

        public void Stop()
        {
            lock (gate)
            {
                if (!disposed)
                {
                    stop.Cancel();
                }
            }
        }

        public void Dispose()
        {
            owner.runs.TryRemove(Id, out _);
            lock (gate)
            {
                disposed = true;
                stop.Dispose();
            }
        }
    }
}
