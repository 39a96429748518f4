using System.CommandLine;

namespace MicroChat;

/// <summary>A command of the program together with the examples that its help shows.</summary>
internal sealed class Verb(string name, string description) : Command(name, description)
{
    /// <summary>Whole command lines, each may be followed by two spaces, "#" and what it does.</summary>
    public IReadOnlyList<string> Examples { get; init; } = [];
}
