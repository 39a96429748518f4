namespace MicroChat.Discord.Simulator.Scripting;

/// <summary>What came of a script's line.</summary>
/// <param name="Text">For people: what was done, or why not.</param>
/// <param name="Id">The message, interaction or channel that it made; null: none.</param>
public sealed record ScriptResult(bool IsDone, string Text, ulong? Id = null);
