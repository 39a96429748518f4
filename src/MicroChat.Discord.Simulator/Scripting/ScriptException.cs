namespace MicroChat.Discord.Simulator.Scripting;

/// <summary>A line of a script that makes no sense here; the message says why and what would.</summary>
internal sealed class ScriptException(string message) : Exception(message);
