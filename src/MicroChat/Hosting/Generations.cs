using MicroChat.Chat;
using MicroChat.Chat.Registry;
using MicroChat.Chat.Serving;
using MicroChat.Options;

namespace MicroChat.Hosting;

/// <summary>The generations of the served model.</summary>
internal sealed class Generations
{
    /// <param name="program">Where the embedded model lies.</param>
    /// <param name="options">Which model is served.</param>
    /// <param name="generator">What replies; only an engine can change its model while it serves.</param>
    public Generations(ProgramContext program, AppOptions options, IReplyGenerator generator)
    {
        if (generator is Engine engine)
        {
            Registry = new ModelRegistry(ModelFolder.Find(options.Model.Folder is "" ? null : options.Model.Folder, program.BaseFolder), program.Time);
            Live = new LiveModel(Registry, engine, generation => LiveModel.Load(generation, Environment.ProcessorCount, program.Time), options.Canary);
        }
    }

    /// <summary>Generations of a registry.</summary>
    internal Generations(ModelRegistry registry, LiveModel live) => (Registry, Live) = (registry, live);

    /// <summary>Those that there are; null: the one model cannot be changed while it serves.</summary>
    public ModelRegistry? Registry { get; }

    /// <summary>Changes which one replies; null with <see cref="Registry"/>.</summary>
    public LiveModel? Live { get; }
}
