namespace MicroChat.Chat.Serving;

/// <content>Which models are served, and which of them a request goes to.</content>
internal sealed partial class Scheduler
{
    /// <summary>The runner that new requests go to where nothing else is said.</summary>
    public ModelRunner Current
    {
        get
        {
            lock (_gate)
            {
                return _served.Current;
            }
        }
    }

    /// <summary>Versions of all models that are served, the current one first.</summary>
    public IReadOnlyList<string> Versions
    {
        get
        {
            lock (_gate)
            {
                return _served.Versions;
            }
        }
    }

    /// <summary>The runner that a request goes to.</summary>
    public ModelRunner RunnerFor(ReplyRequest request)
    {
        ModelRunner current;
        (ModelRunner, ITrialRoute)? trial;
        lock (_gate)
        {
            if (request.Generation is { } version && _served.Find(version) is { } asked)
            {
                return asked;
            }
            (current, trial) = (_served.Current, _served.Trial);
        }
        return RunnerSet.Choose(request, current, trial);
    }

    /// <summary>Sends new requests to another runner; the old one ends with its last reply.</summary>
    /// <returns>The old one.</returns>
    public ModelRunner Swap(ModelRunner next) => Arrive(next, () => _served.Swap(next));

    /// <summary>Serves a runner beside the current one.</summary>
    public void Add(ModelRunner runner) => Arrive(runner, () =>
    {
        _served.Add(runner);
        return runner;
    });

    /// <inheritdoc cref="RunnerSet.Exchange"/>
    public bool Exchange(string version)
    {
        lock (_gate)
        {
            Wake();
            return _served.Exchange(version);
        }
    }

    /// <inheritdoc cref="RunnerSet.Remove"/>
    public ModelRunner? Remove(string version)
    {
        lock (_gate)
        {
            Wake();
            return _served.Remove(version);
        }
    }

    /// <inheritdoc cref="RunnerSet.Route"/>
    public bool Route(string version, ITrialRoute? route)
    {
        lock (_gate)
        {
            return _served.Route(version, route);
        }
    }

    private ModelRunner Arrive(ModelRunner runner, Func<ModelRunner> place)
    {
        lock (_gate)
        {
            if (_stopped || _draining is not null)
            {
                throw Stopping();
            }
            _arriving.Add(runner);
            Wake();
            return place();
        }
    }
}
