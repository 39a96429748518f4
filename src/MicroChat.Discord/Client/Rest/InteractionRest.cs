using MicroChat.Discord.Client.Json;
using MicroChat.Discord.Port;

namespace MicroChat.Discord.Client.Rest;

/// <summary>Answers to interactions over REST; the token in the path stands for the bot's own.</summary>
internal sealed class InteractionRest(RestClient rest, MessageRest messages) : IInteractionActions
{
    private const int Message = 4, DeferredMessage = 5, DeferredUpdate = 6, Update = 7, Suggestions = 8, Modal = 9;

    public Task RespondAsync(InteractionHandle interaction, OutgoingMessage message, CancellationToken cancellationToken)
    {
        MessageRules.Check(message);
        return AnswerAsync(interaction, RestBody.Of(json => PayloadWriter.Callback(json, Message, data => PayloadWriter.Answer(data, message)), message.Files), cancellationToken);
    }

    public Task DeferAsync(InteractionHandle interaction, bool ephemeral, CancellationToken cancellationToken) => AnswerAsync(
        interaction,
        RestBody.Of(json => PayloadWriter.Callback(json, DeferredMessage, !ephemeral ? null : data =>
        {
            data.WriteStartObject();
            data.WriteNumber("flags", (int)DiscordMessageFlags.Ephemeral);
            data.WriteEndObject();
        })),
        cancellationToken);

    public Task DeferUpdateAsync(InteractionHandle interaction, CancellationToken cancellationToken) =>
        AnswerAsync(interaction, RestBody.Of(json => PayloadWriter.Callback(json, DeferredUpdate, null)), cancellationToken);

    public Task UpdateAsync(InteractionHandle interaction, MessageEdit edit, CancellationToken cancellationToken)
    {
        MessageRules.Check(edit);
        return AnswerAsync(interaction, RestBody.Of(json => PayloadWriter.Callback(json, Update, data => PayloadWriter.Edit(data, edit)), edit.Files), cancellationToken);
    }

    public Task OpenModalAsync(InteractionHandle interaction, DiscordModal modal, CancellationToken cancellationToken) =>
        AnswerAsync(interaction, RestBody.Of(json => PayloadWriter.Callback(json, Modal, data => ComponentWriter.Modal(data, modal))), cancellationToken);

    public Task SuggestAsync(InteractionHandle interaction, CommandOptionKind kind, IReadOnlyList<CommandChoice> choices, CancellationToken cancellationToken) =>
        AnswerAsync(interaction, RestBody.Of(json => PayloadWriter.Callback(json, Suggestions, data => CommandWriter.Suggestions(data, kind, choices))), cancellationToken);

    public Task<DiscordMessage> EditResponseAsync(InteractionHandle interaction, MessageEdit edit, CancellationToken cancellationToken) =>
        EditAsync(Route.Response(HttpMethod.Patch, interaction), edit, cancellationToken);

    public async Task<DiscordMessage> GetResponseAsync(InteractionHandle interaction, CancellationToken cancellationToken)
    {
        Route route = Route.Response(HttpMethod.Get, interaction);
        return messages.Read(route, await rest.SendAsync(route, null, cancellationToken).ConfigureAwait(false));
    }

    public Task DeleteResponseAsync(InteractionHandle interaction, CancellationToken cancellationToken) =>
        rest.SendAsync(Route.Response(HttpMethod.Delete, interaction), null, cancellationToken);

    public async Task<DiscordMessage> FollowUpAsync(InteractionHandle interaction, OutgoingMessage message, CancellationToken cancellationToken)
    {
        MessageRules.Check(message);
        Route route = Route.FollowUp(interaction);
        RestBody body = RestBody.Of(json => PayloadWriter.Answer(json, message), message.Files);
        return messages.Read(route, await rest.SendAsync(route, body, cancellationToken).ConfigureAwait(false));
    }

    public Task<DiscordMessage> EditFollowUpAsync(InteractionHandle interaction, Snowflake message, MessageEdit edit, CancellationToken cancellationToken) =>
        EditAsync(Route.FollowUpMessage(HttpMethod.Patch, interaction, message), edit, cancellationToken);

    public EditPace EditPaceOf(InteractionHandle interaction) => rest.Limiter.Pace(Route.Response(HttpMethod.Patch, interaction));

    private async Task<DiscordMessage> EditAsync(Route route, MessageEdit edit, CancellationToken cancellationToken)
    {
        MessageRules.Check(edit);
        RestBody body = RestBody.Of(json => PayloadWriter.Edit(json, edit), edit.Files);
        return messages.Read(route, await rest.SendAsync(route, body, cancellationToken).ConfigureAwait(false));
    }

    /// <summary>"Already acknowledged" after an attempt whose answer was lost means that this attempt did it.</summary>
    private async Task AnswerAsync(InteractionHandle interaction, RestBody body, CancellationToken cancellationToken)
    {
        try
        {
            await rest.SendAsync(Route.Callback(interaction), body, cancellationToken).ConfigureAwait(false);
        }
        catch (DiscordException e) when (e is { Code: DiscordErrorCode.AlreadyAcknowledged, OutcomeUnknown: true })
        {
        }
    }
}
