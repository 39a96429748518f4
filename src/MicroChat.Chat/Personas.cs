namespace MicroChat.Chat;

/// <summary>System prompts by place. Section "Personas" of the settings.</summary>
public sealed record PersonaOptions
{
    /// <summary>Name of the settings' section.</summary>
    public const string Section = "Personas";

    /// <summary>Where nothing else is said; empty: none.</summary>
    public string Default { get; init; } = "";

    /// <summary>By the id of a server, channel or thread, or "web" for the page; an empty text means expressly none.</summary>
    public IReadOnlyDictionary<string, string> Places { get; init; } = new Dictionary<string, string>();
}

/// <summary>Which system prompt holds in a place: its own, or the nearest one around it.</summary>
public sealed class Personas(PersonaOptions options)
{
    /// <summary>The persona of a place.</summary>
    /// <param name="path">Ids from the outside in: server, channel, thread; each may be missing from the options.</param>
    /// <returns>The system prompt; null: none.</returns>
    public string? Of(params IReadOnlyList<string> path)
    {
        for (int i = path.Count - 1; i >= 0; i--)
        {
            if (options.Places.TryGetValue(path[i], out string? persona))
            {
                return persona.Length == 0 ? null : persona;
            }
        }
        return options.Default.Length == 0 ? null : options.Default;
    }
}
