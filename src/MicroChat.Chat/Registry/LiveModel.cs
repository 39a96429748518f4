using MicroChat.Chat.Serving;

namespace MicroChat.Chat.Registry;

/// <summary>Keeps an engine on the generation that is live: a model is loaded before the registry is changed, so one that is broken changes nothing.</summary>
public sealed class LiveModel(ModelRegistry registry, Engine engine, Func<ModelGeneration, ServingModel> load)
{
    /// <summary>Loads a generation under its own name and number.</summary>
    /// <param name="generation">From the registry.</param>
    /// <param name="threads">Threads that compute.</param>
    /// <param name="time">The clock that chat templates may read.</param>
    public static ServingModel Load(ModelGeneration generation, int threads, TimeProvider time) =>
        ServingModel.Load(generation.Folder, threads, time, generation.Card.Name, $"{generation.Card.Generation}");

    /// <summary>Promotes a generation; new requests go to it from now on.</summary>
    /// <returns>The generation, and a task that completes when the old model is gone.</returns>
    public (ModelGeneration Live, Task OldIsGone) Promote(int generation) => Swap(registry.Get(generation), () => registry.Promote(generation));

    /// <summary>Goes back to the generation that was live before.</summary>
    /// <inheritdoc cref="Promote"/>
    public (ModelGeneration Live, Task OldIsGone) RollBack() => Swap(registry.Get(registry.BeforeLive()), registry.RollBack);

    private (ModelGeneration Live, Task OldIsGone) Swap(ModelGeneration next, Func<ModelGeneration> change)
    {
        ServingModel model = load(next);
        try
        {
            ModelGeneration live = change();
            return (live, engine.SwapAsync(model));
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }
}
