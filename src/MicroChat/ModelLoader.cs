using MicroChat.Chat;
using MicroChat.Chat.Serving;
using MicroChat.Kernels;

namespace MicroChat;

/// <summary>Turns a model folder into something that replies.</summary>
internal static class ModelLoader
{
    /// <exception cref="Model.Checkpoints.CheckpointException">The folder cannot be loaded.</exception>
    public static IReplyGenerator Load(string folder, EngineOptions options, TimeProvider time)
    {
        CpuFeatures.Require();
        return new Engine(ServingModel.Load(folder, Environment.ProcessorCount, time), options, time);
    }
}
