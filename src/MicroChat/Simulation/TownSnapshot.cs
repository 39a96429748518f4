using System.Text.Json;
using MicroChat.Feedback;

namespace MicroChat.Simulation;

/// <summary>Whose thumbs a snapshot holds, as a trainer reads it.</summary>
internal sealed class TownSnapshot
{
    private readonly HashSet<(Guid Exchange, string Rater)> thumbs = [];

    private TownSnapshot()
    {
    }

    /// <summary>Reads all splits.</summary>
    /// <param name="folder">The snapshot's folder.</param>
    public static TownSnapshot Read(string folder)
    {
        var snapshot = new TownSnapshot();
        foreach (string file in Directory.EnumerateFiles(folder, "thumbs.jsonl", SearchOption.AllDirectories))
        {
            foreach (string line in File.ReadLines(file))
            {
                using var row = JsonDocument.Parse(line);
                snapshot.thumbs.Add((row.RootElement.GetProperty("exchange").GetGuid(), row.RootElement.GetProperty("rater").GetString()!));
            }
        }
        return snapshot;
    }

    /// <summary>Whether somebody's vote on an exchange is in it.</summary>
    public bool HasThumb(Guid exchange, Pseudonym rater) => thumbs.Contains((exchange, rater.Value));
}
