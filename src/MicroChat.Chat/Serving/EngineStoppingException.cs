namespace MicroChat.Chat.Serving;

/// <summary>The engine is being stopped and takes nothing new; nothing was generated.</summary>
public sealed class EngineStoppingException(string message) : Exception(message);
