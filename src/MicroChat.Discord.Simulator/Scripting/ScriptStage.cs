using System.Globalization;
using MicroChat.Discord.Simulator.World;

namespace MicroChat.Discord.Simulator.Scripting;

/// <summary>Where a script is, and how it names things.</summary>
internal sealed class ScriptStage
{
    public ScriptStage(DiscordSimulator simulator)
    {
        Simulator = simulator;
        Guild = World.Read(w => w.Guilds.FirstOrDefault()) ?? World.AddGuild("home");
        Here = Guild.Channels.FirstOrDefault(c => c.Type == SimChannelType.Text) ?? World.AddChannel(Guild, "general");
    }

    public DiscordSimulator Simulator { get; }

    public DiscordWorld World => Simulator.World;

    public SimGuild Guild { get; }

    /// <summary>The channel that lines are about unless they name another.</summary>
    public SimChannel Here { get; set; }

    /// <summary>Each user's newest interaction.</summary>
    public Dictionary<SimUser, SimInteraction> Interactions { get; } = [];

    /// <summary>The person with a name; made where there is none.</summary>
    public SimUser User(string name) => World.FindUser(name) ?? World.AddUser(name);

    /// <summary>The channel or thread with a name; made where there is none.</summary>
    public SimChannel Channel(string name)
    {
        name = name.TrimStart('#');
        return World.Read(_ => Guild.Channels.LastOrDefault(c => c.Name == name)) ?? World.AddChannel(Guild, name);
    }

    /// <summary>The message with an id, or the newest here that fits.</summary>
    public SimMessage Message(string? id, Func<SimMessage, bool> otherwise, string wanted)
    {
        if (id is null)
        {
            return World.Read(_ => Here.Messages.LastOrDefault(otherwise)) ?? throw new ScriptException($"There is no message {wanted} in this channel.");
        }
        return ulong.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out ulong number)
            && World.Read(_ => Guild.Channels.Append(Here).Select(c => c.Find(number)).FirstOrDefault(m => m is not null)) is { } found
            ? found : throw new ScriptException($"There is no message {id}.");
    }

    /// <summary>The message with an id, also one that only somebody sees, or the bot's newest here.</summary>
    public SimMessage OfBot(string? id, SimUser? seenBy = null)
    {
        SimMessage? answer = seenBy is not null && Interactions.TryGetValue(seenBy, out SimInteraction? newest)
            ? World.Read(_ => newest.FollowUps.Append(newest.Response).LastOrDefault(m => m is { IsEphemeral: true, IsDeleted: false } && (id is null || id == m.Id.ToString(CultureInfo.InvariantCulture))))
            : null;
        return answer ?? Message(id, m => m.Author == World.Bot, "of the bot");
    }

    public static double Number(string text) => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && double.IsFinite(number) && number >= 0
        ? number : throw new ScriptException($"\"{text}\" must be a number of at least 0.");
}
