using System.Text.Json.Nodes;
using MicroChat.Discord.Simulator.Gateway;
using MicroChat.Discord.Simulator.Json;

namespace MicroChat.Discord.Simulator.World;

/// <summary>Starts interactions and takes the bot's answers within Discord's deadlines. The caller holds the world's lock.</summary>
internal sealed class InteractionBook(DiscordWorld world)
{
    public const int Command = 2;
    public const int Component = 3;
    public const int Autocomplete = 4;
    public const int ModalSubmit = 5;

    private const int TokenLength = 64;

    private readonly Dictionary<ulong, SimInteraction> byId = [];
    private readonly Dictionary<string, SimInteraction> byToken = new(StringComparer.Ordinal);
    private readonly Queue<SimInteraction> inOrder = new();

    /// <summary>Tells the bot that somebody used something.</summary>
    public SimInteraction Start(int type, SimUser user, SimChannel channel, JsonObject data, SimMessage? source)
    {
        Forget();
        var interaction = new SimInteraction(world.Ids.Next(), world.Random64(TokenLength), type, user, channel, data, world.Now) { Source = source };
        byId.Add(interaction.Id, interaction);
        byToken.Add(interaction.Token, interaction);
        inOrder.Enqueue(interaction);
        world.Send("INTERACTION_CREATE", channel.Guild, Intents.None, InteractionJson.Of(world, interaction));
        return interaction;
    }

    /// <summary>The interaction that a first answer is for.</summary>
    /// <exception cref="DiscordFault">10062: there is none, or it waited longer than three seconds. 40060: it was answered.</exception>
    public SimInteraction ToAnswer(ulong id, string token)
    {
        if (!byId.TryGetValue(id, out SimInteraction? interaction) || interaction.Token != token)
        {
            throw DiscordFault.UnknownInteraction;
        }
        if (interaction.AnswerType is not null)
        {
            throw DiscordFault.AlreadyAcknowledged;
        }
        return world.Now - interaction.CreatedAt > world.Options.InteractionDeadline ? throw DiscordFault.UnknownInteraction : interaction;
    }

    /// <summary>The interaction behind a token that is used as a webhook.</summary>
    /// <exception cref="DiscordFault">50027: it is older than fifteen minutes. 10015: there is none, or it was not answered.</exception>
    public SimInteraction Answered(string token)
    {
        SimInteraction interaction = byToken.GetValueOrDefault(token) ?? throw DiscordFault.UnknownWebhook;
        if (world.Now - interaction.CreatedAt > world.Options.InteractionLifetime)
        {
            throw DiscordFault.InvalidWebhookToken;
        }
        return interaction.AnswerType is null ? throw DiscordFault.UnknownWebhook : interaction;
    }

    /// <summary>Whether an interaction may be answered in this way.</summary>
    public static bool Allows(SimInteraction interaction, int answer) => interaction.Type switch
    {
        Command => answer is 4 or 5 or 9,
        Component => answer is 4 or 5 or 6 or 7 or 9,
        Autocomplete => answer is 8,
        _ => answer is 4 or 5 || (answer is 6 or 7 && interaction.Source is not null),
    };

    /// <summary>Records the first answer.</summary>
    public void Acknowledge(SimInteraction interaction, int answer)
    {
        interaction.AnswerType = answer;
        interaction.AnsweredAfter = world.Now - interaction.CreatedAt;
    }

    /// <summary>Posts a message of the bot as an answer, the first one or a later one.</summary>
    public SimMessage Post(SimInteraction interaction, MessageDraft draft, bool first)
    {
        SimMessage? target = first ? interaction.Source : interaction.Response;
        return world.Messages.Create(draft with
        {
            Channel = interaction.Channel,
            Author = world.Bot,
            Interaction = interaction,
            Type = target is not null ? 19 : interaction.Type == Command && first ? MessageType(interaction) : 0,
            ReplyTo = target?.Id,
        });
    }

    private static int MessageType(SimInteraction interaction) => (int?)interaction.Data["type"] is 1 ? 20 : 23;

    private void Forget()
    {
        while (inOrder.TryPeek(out SimInteraction? oldest) && world.Now - oldest.CreatedAt > world.Options.InteractionLifetime * 2)
        {
            inOrder.Dequeue();
            byId.Remove(oldest.Id);
            byToken.Remove(oldest.Token);
        }
    }
}
