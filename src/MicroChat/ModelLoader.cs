using MicroChat.Chat;

namespace MicroChat;

/// <summary>Turns a model folder into something that replies.</summary>
internal static class ModelLoader
{
    /// <exception cref="CommandException">The folder cannot be loaded.</exception>
    public static IReplyGenerator Load(string folder) =>
        throw CommandException.Failure($"{folder} cannot be loaded: this build has no decoder.");
}
