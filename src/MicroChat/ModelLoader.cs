using MicroChat.Chat;
using MicroChat.Chat.Registry;
using MicroChat.Chat.Serving;
using MicroChat.Kernels;

namespace MicroChat;

/// <summary>Turns a model folder into something that replies: its live generation.</summary>
internal static class ModelLoader
{
    /// <exception cref="Model.Checkpoints.CheckpointException">The folder cannot be loaded.</exception>
    public static IReplyGenerator Load(string folder, EngineOptions options, TimeProvider time)
    {
        CpuFeatures.Require();
        return new Engine(LiveModel.Load(new ModelRegistry(folder, time).Live, Environment.ProcessorCount, time), options, time);
    }
}
