namespace MicroChat.Chat.Serving;

/// <summary>The runners that new requests can go to: the current one, others beside it, and which requests are tried on one of those. Under the engine's lock, but for <see cref="Choose"/>.</summary>
internal sealed class RunnerSet
{
    private readonly List<ModelRunner> _beside = [];

    public RunnerSet(ModelRunner first)
    {
        Current = first;
        first.IsMain = true;
    }

    /// <summary>The runner that new requests go to where nothing else is said.</summary>
    public ModelRunner Current { get; private set; }

    /// <summary>A runner beside the current one, and the requests that it gets.</summary>
    public (ModelRunner Runner, ITrialRoute Route)? Trial { get; private set; }

    /// <summary>Versions, the current one first.</summary>
    public IReadOnlyList<string> Versions => [Current.Version, .. _beside.Select(runner => runner.Version)];

    /// <summary>The runner of a version; null: none is.</summary>
    public ModelRunner? Find(string? version) => Current.Version == version ? Current : Beside(version);

    /// <summary>Where a request goes that asks for no version that is served. Without the lock: a route may take its time.</summary>
    public static ModelRunner Choose(ReplyRequest request, ModelRunner current, (ModelRunner Runner, ITrialRoute Route)? trial) =>
        trial is { } running && request is { Conversation: { } conversation, Generation: null } && running.Route.Takes(conversation, request.Server)
            ? running.Runner
            : current;

    /// <summary>Puts another runner into the current one's place.</summary>
    /// <returns>The old one, which is retired.</returns>
    public ModelRunner Swap(ModelRunner next)
    {
        ModelRunner old = Current;
        old.IsRetired = true;
        MakeCurrent(next);
        return old;
    }

    public void Add(ModelRunner runner) => _beside.Add(runner);

    /// <summary>Lets a runner beside the current one change places with it.</summary>
    /// <returns>False: there is no such runner.</returns>
    public bool Exchange(string version)
    {
        if (Beside(version) is not { } next)
        {
            return false;
        }
        _beside.Remove(next);
        _beside.Add(Current);
        EndTrialOf(next);
        MakeCurrent(next);
        return true;
    }

    /// <summary>Retires a runner beside the current one.</summary>
    /// <returns>It; null: there is none of that version.</returns>
    public ModelRunner? Remove(string version)
    {
        if (Beside(version) is not { } removed)
        {
            return null;
        }
        _beside.Remove(removed);
        removed.IsRetired = true;
        EndTrialOf(removed);
        return removed;
    }

    /// <summary>Sends the requests that a route takes to a runner beside the current one; null ends that.</summary>
    /// <returns>False: there is no such runner, and nothing changed.</returns>
    public bool Route(string version, ITrialRoute? route)
    {
        if (Beside(version) is not { } runner)
        {
            return false;
        }
        Trial = route is null ? null : (runner, route);
        return true;
    }

    private ModelRunner? Beside(string? version) => _beside.Find(runner => runner.Version == version);

    private void MakeCurrent(ModelRunner next)
    {
        Current.IsMain = false;
        next.IsMain = true;
        Current = next;
    }

    private void EndTrialOf(ModelRunner runner) => Trial = Trial?.Runner == runner ? null : Trial;
}
