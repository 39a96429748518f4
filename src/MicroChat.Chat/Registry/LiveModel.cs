using MicroChat.Chat.Serving;
using MicroChat.Model.Checkpoints;

namespace MicroChat.Chat.Registry;

/// <summary>Two generations that are to answer side by side.</summary>
/// <param name="Live">Version of the live one.</param>
/// <param name="Canary">Version of the one on trial.</param>
public sealed record Duel(string Live, string Canary);

/// <summary>
/// Keeps an engine at what the registry says: the live generation replies, the one on trial is served beside it, and the one that was live
/// before stays loaded. A model is loaded before the registry is changed, so one that is broken changes nothing.
/// </summary>
/// <remarks>May be used from several threads. Loading takes seconds; the engine serves meanwhile.</remarks>
public sealed class LiveModel(ModelRegistry registry, Engine engine, Func<ModelGeneration, ServingModel> load, CanaryOptions options)
{
    private readonly Lock _gate = new();
    private (int Generation, Trial Trial, TrialRoute Route)? _trial;

    /// <summary>The route of the trial that is running; null: none, or not loaded yet.</summary>
    public TrialRoute? Route
    {
        get
        {
            lock (_gate)
            {
                return _trial?.Route;
            }
        }
    }

    /// <summary>Loads a generation under its own name and number.</summary>
    /// <param name="generation">From the registry.</param>
    /// <param name="threads">Threads that compute.</param>
    /// <param name="time">The clock that chat templates may read.</param>
    public static ServingModel Load(ModelGeneration generation, int threads, TimeProvider time) =>
        ServingModel.Load(generation.Folder, threads, time, generation.Card.Name, Version(generation.Card.Generation));

    /// <summary>Promotes a generation; new requests go to it from now on.</summary>
    /// <returns>The generation.</returns>
    /// <exception cref="CheckpointException">It cannot be loaded, or the registry not written; nothing was changed.</exception>
    public ModelGeneration Promote(int generation, Why why)
    {
        lock (_gate)
        {
            Serve(registry.Get(generation));
            ModelGeneration live = registry.Promote(generation, why);
            Follow();
            return live;
        }
    }

    /// <summary>Goes back to the generation that was live before.</summary>
    /// <inheritdoc cref="Promote"/>
    public ModelGeneration RollBack(Why why)
    {
        lock (_gate)
        {
            Serve(registry.Get(registry.BeforeLive()));
            ModelGeneration live = registry.RollBack(why);
            Follow();
            return live;
        }
    }

    /// <summary>Tries a generation.</summary>
    /// <inheritdoc cref="Promote"/>
    public ModelGeneration StartCanary(int generation, bool byServer, bool duels, Why why)
    {
        lock (_gate)
        {
            Serve(registry.Get(generation));
            ModelGeneration canary = registry.StartCanary(generation, byServer, duels, why);
            Follow();
            return canary;
        }
    }

    /// <summary>Ends the trial.</summary>
    public void StopCanary(Why why)
    {
        lock (_gate)
        {
            registry.StopCanary(why);
            Follow();
        }
    }

    /// <summary>
    /// Brings the engine to where the registry is, after a start, or when another program changed it. A generation on trial that cannot be
    /// loaded loses its trial; a live one that cannot be loaded leaves the engine as it is.
    /// </summary>
    /// <exception cref="CheckpointException">The live generation cannot be loaded, or the registry not be read.</exception>
    public void Synchronise()
    {
        lock (_gate)
        {
            Serve(registry.Live);
            if (registry.Canary is { } canary)
            {
                try
                {
                    Serve(canary);
                }
                catch (CheckpointException e)
                {
                    registry.StopCanary(new Why("host", $"Generation {canary.Card.Generation} cannot be loaded: {e.Message}", new Dictionary<string, double>()));
                }
            }
            Follow();
        }
    }

    /// <summary>Whether both generations answer in a conversation; null: one does.</summary>
    /// <param name="conversation">What the route goes by.</param>
    /// <param name="server">The server that it is on; null: none.</param>
    public Duel? DuelIn(string conversation, string? server)
    {
        (int Generation, Trial Trial, TrialRoute Route)? trial;
        lock (_gate)
        {
            trial = _trial;
        }
        return trial is { Trial.Duels: true } running && running.Route.Takes(conversation, server) ? new Duel(engine.Info.Version, Version(running.Generation)) : null;
    }

    private static string Version(int generation) => $"{generation}";

    /// <summary>Sees to it that a generation is served, beside the live one if it is not that itself.</summary>
    private void Serve(ModelGeneration generation)
    {
        if (engine.Versions.Contains(Version(generation.Card.Generation)))
        {
            return;
        }
        ServingModel model = load(generation);
        try
        {
            model.RequireSameText(engine.Text, generation.Folder);
            engine.Add(model);
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <summary>Gives the generations that are served the places which the registry says, and lets go of all others.</summary>
    private void Follow()
    {
        string live = Version(registry.Live.Card.Generation);
        if (engine.Info.Version != live)
        {
            engine.Exchange(live);
        }
        ModelGeneration? canary = registry.Canary;
        string? warm = Warm();
        foreach (string version in engine.Versions.Skip(1).Where(version => version != warm && version != (canary is null ? null : Version(canary.Card.Generation))))
        {
            _ = engine.RemoveAsync(version);
        }
        FollowTrial(canary);
    }

    private void FollowTrial(ModelGeneration? canary)
    {
        if (canary is null || registry.Trial is not { } trial)
        {
            _trial = null;
            return;
        }
        int number = canary.Card.Generation;
        if (_trial is not { } known || known.Generation != number || known.Trial != trial)
        {
            (double share, double most) = trial.Duels ? (options.DuelShare, 1) : (options.Share, options.MostExposed);
            _trial = (number, trial, new TrialRoute(number, share, most, trial.ByServer));
        }
        engine.Route(Version(number), trial.Duels ? null : _trial.Value.Route);
    }

    /// <summary>The generation to go back to, loaded if it can be: one that cannot is tried again when it is asked for.</summary>
    private string? Warm()
    {
        if (!options.KeepWarm || registry.Previous is not { } previous)
        {
            return null;
        }
        try
        {
            Serve(registry.Get(previous));
        }
        catch (CheckpointException)
        {
            return null;
        }
        return Version(previous);
    }
}
