using System.Text.Json.Nodes;

namespace MicroChat.Discord.Simulator.Rest;

/// <summary>Collects what is wrong with the fields of a body, and throws it all at once as error 50035.</summary>
internal sealed class FormErrors
{
    private const int Most = 100;

    private readonly JsonObject tree = [];
    private int count;

    /// <summary>Notes an error at a path such as <c>embeds.0.title</c>.</summary>
    public void Add(string path, string code, string message)
    {
        if (++count > Most)
        {
            return;
        }
        JsonObject at = tree;
        foreach (string part in path.Split('.', StringSplitOptions.RemoveEmptyEntries))
        {
            if (at[part] is not JsonObject below)
            {
                at[part] = below = [];
            }
            at = below;
        }
        if (at["_errors"] is not JsonArray list)
        {
            at["_errors"] = list = [];
        }
        list.Add(new JsonObject { ["code"] = code, ["message"] = message });
    }

    public void ThrowIfAny()
    {
        if (count > 0)
        {
            throw ToFault();
        }
    }

    public DiscordFault ToFault() => new(400, 50035, "Invalid Form Body", tree);
}
