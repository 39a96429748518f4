using MicroChat.Chat;
using MicroChat.Chat.Serving;
using MicroChat.Terminal;

namespace MicroChat;

/// <summary>What the verbs get from the outside world, so that tests can stand in for it.</summary>
internal sealed record ProgramContext
{
    public required ITerminal Terminal { get; init; }

    public required TimeProvider Time { get; init; }

    /// <summary>Folder of the executable; the search for the embedded model starts here.</summary>
    public required string BaseFolder { get; init; }

    /// <summary>Value of an environment variable, or null.</summary>
    public required Func<string, string?> Variable { get; init; }

    /// <summary>Names of all environment variables.</summary>
    public Func<IEnumerable<string>> VariableNames { get; init; } = () => [];

    /// <summary>Loads the model in a folder.</summary>
    public required Func<string, IReplyGenerator> LoadModel { get; init; }

    /// <summary>Loads the model in a folder for many callers; null: as <see cref="LoadModel"/> does.</summary>
    public Func<string, EngineOptions, IReplyGenerator>? LoadForServing { get; init; }

    /// <summary>A fresh seed, for replies whose user asked for none.</summary>
    public required Func<long> NewSeed { get; init; }

    /// <summary>Where this user's own data goes unless an option says otherwise.</summary>
    public required string DataFolder { get; init; }
}
