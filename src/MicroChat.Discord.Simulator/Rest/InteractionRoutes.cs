using System.Text.Json.Nodes;
using MicroChat.Discord.Simulator.Json;
using MicroChat.Discord.Simulator.World;

namespace MicroChat.Discord.Simulator.Rest;

/// <summary>First answers to interactions, and what follows them under the interaction's own token.</summary>
internal static class InteractionRoutes
{
    private const int Message = 4;
    private const int Deferred = 5;
    private const int DeferredUpdate = 6;
    private const int Update = 7;
    private const int Choices = 8;
    private const int Modal = 9;

    private const string Hook = "/webhooks/{application}/{token}";

    public static IEnumerable<Route> All =>
    [
        new("POST", "/interactions/{interaction}/{token}/callback", Callback) { NeedsToken = false, IsGlobal = false, Rule = o => o.Webhook },
        new("POST", Hook, FollowUp) { NeedsToken = false, IsGlobal = false, Rule = o => o.Webhook },
        new("GET", Hook + "/messages/{message}", Get) { NeedsToken = false, IsGlobal = false, Rule = o => o.Webhook },
        new("PATCH", Hook + "/messages/{message}", Edit) { NeedsToken = false, IsGlobal = false, Rule = o => o.Webhook },
        new("DELETE", Hook + "/messages/{message}", Delete) { NeedsToken = false, IsGlobal = false, Rule = o => o.Webhook },
    ];

    private static Answer Callback(Call call)
    {
        SimInteraction interaction = call.World.Interactions.ToAnswer(call.Id("interaction"), call.Values["token"]);
        int type = (int)(call.Body.Integer("type", 1, 12, required: true) ?? 0);
        call.Body.Errors.ThrowIfAny();
        if (!InteractionBook.Allows(interaction, type))
        {
            throw DiscordFault.Invalid("type", "BASE_TYPE_CHOICES", "This interaction cannot be answered in this way.");
        }
        Form data = call.Body.Object("data") ?? new Form(default, "data", call.Body.Errors);
        Respond(call, interaction, type, data);
        return call.Query.GetValueOrDefault("with_response") is "true" or "1" or "True" ? Answer.Ok(InteractionJson.Callback(call.World, interaction)) : Answer.NoContent;
    }

    private static void Respond(Call call, SimInteraction interaction, int type, Form data)
    {
        DiscordWorld world = call.World;
        switch (type)
        {
            case Message:
                MessageDraft draft = MessageForm.Draft(call, data, AllowedMentions.InteractionDefault, mayBeEphemeral: true);
                world.Interactions.Acknowledge(interaction, type);
                interaction.Response = world.Interactions.Post(interaction, draft, first: true);
                break;
            case Deferred:
                int ephemeral = (int)(data.Integer("flags", 0, int.MaxValue) ?? 0) & MessageFlags.Ephemeral;
                data.Errors.ThrowIfAny();
                world.Interactions.Acknowledge(interaction, type);
                interaction.IsDeferred = true;
                var thinking = new MessageDraft { Channel = interaction.Channel, Author = world.Bot, Flags = MessageFlags.Loading | ephemeral };
                interaction.Response = world.Interactions.Post(interaction, thinking, first: true);
                break;
            case DeferredUpdate:
                world.Interactions.Acknowledge(interaction, type);
                interaction.Response = interaction.Source;
                break;
            case Update:
                MessageChange change = MessageForm.Change(call, data, interaction.Source!, AllowedMentions.InteractionDefault);
                world.Interactions.Acknowledge(interaction, type);
                interaction.Response = interaction.Source;
                world.Messages.Edit(interaction.Source!, change);
                break;
            case Choices:
                JsonArray choices = [.. data.Objects("choices", 25).Select(c => (JsonNode)c.Raw())];
                data.Errors.ThrowIfAny();
                world.Interactions.Acknowledge(interaction, type);
                interaction.Choices = choices;
                break;
            case Modal:
                JsonObject form = ComponentForm.Modal(data);
                data.Errors.ThrowIfAny();
                world.Interactions.Acknowledge(interaction, type);
                interaction.Modal = form;
                world.Narrate($"{MessageBook.Place(interaction.Channel)} {interaction.User.Name} sees the form \"{form["title"]}\"");
                break;
            default:
                break;
        }
    }

    private static Answer FollowUp(Call call)
    {
        SimInteraction interaction = Interaction(call);
        MessageDraft draft = MessageForm.Draft(call, call.Body, AllowedMentions.InteractionDefault, mayBeEphemeral: true);
        if (interaction is { IsDeferred: true, Response: { } waiting })          // the first message after a deferral is the answer itself
        {
            interaction.IsDeferred = false;
            call.World.Messages.Edit(waiting, new MessageChange
            {
                Content = draft.Content,
                Embeds = draft.Embeds,
                Components = draft.Components,
                Added = draft.Attachments,
                AllowedMentions = draft.AllowedMentions,
                AllowedMentionsText = draft.AllowedMentionsText,
            });
            return Answer.Ok(MessageJson.Of(call.World, waiting, stripped: false));
        }
        SimMessage message = call.World.Interactions.Post(interaction, draft, first: false);
        interaction.Add(message);
        return Answer.Ok(MessageJson.Of(call.World, message, stripped: false));
    }

    private static Answer Get(Call call) => Answer.Ok(MessageJson.Of(call.World, Target(call, Interaction(call)), stripped: false));

    private static Answer Edit(Call call)
    {
        SimInteraction interaction = Interaction(call);
        SimMessage message = Target(call, interaction);
        MessageChange change = MessageForm.Change(call, call.Body, message, AllowedMentions.InteractionDefault);
        interaction.IsDeferred &= message != interaction.Response;
        call.World.Messages.Edit(message, change);
        return Answer.Ok(MessageJson.Of(call.World, message, stripped: false));
    }

    private static Answer Delete(Call call)
    {
        SimInteraction interaction = Interaction(call);
        SimMessage message = Target(call, interaction);
        interaction.IsDeferred &= message != interaction.Response;
        call.World.Messages.Delete(message);
        return Answer.NoContent;
    }

    private static SimInteraction Interaction(Call call) =>
        call.Id("application") == call.Bot.Id ? call.World.Interactions.Answered(call.Values["token"]) : throw DiscordFault.UnknownWebhook;

    private static SimMessage Target(Call call, SimInteraction interaction)
    {
        SimMessage? message = call.Values["message"] == "@original"
            ? interaction.Response
            : interaction.FollowUps.Append(interaction.Response).FirstOrDefault(m => m?.Id == call.Id("message"));
        return message is { IsDeleted: false } ? message : throw DiscordFault.UnknownMessage;
    }
}
