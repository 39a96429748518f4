using System.Text.Json;
using MicroChat.Discord.Client.Json;
using MicroChat.Discord.Port;

namespace MicroChat.Discord.Client.Rest;

/// <summary>Messages and reactions over REST.</summary>
internal sealed class MessageRest(RestClient rest, MessageReader messages, NonceSource nonces) : IMessageActions, IReactionActions
{
    private const int UnknownEmoji = 10014;

    public async Task<DiscordMessage> SendAsync(Snowflake channel, OutgoingMessage message, CancellationToken cancellationToken)
    {
        MessageRules.Check(message);
        string nonce = message.Nonce ?? nonces.Next();
        RestBody body = RestBody.Of(json => PayloadWriter.Message(json, message, nonce), message.Files);
        Route route = Route.Send(channel);
        return Read(route, await rest.SendAsync(route, body, cancellationToken).ConfigureAwait(false));
    }

    public async Task<DiscordMessage> EditAsync(Snowflake channel, Snowflake message, MessageEdit edit, CancellationToken cancellationToken)
    {
        MessageRules.Check(edit);
        Route route = Route.Message(HttpMethod.Patch, channel, message);
        return Read(route, await rest.SendAsync(route, RestBody.Of(json => PayloadWriter.Edit(json, edit), edit.Files), cancellationToken).ConfigureAwait(false));
    }

    public Task DeleteAsync(Snowflake channel, Snowflake message, CancellationToken cancellationToken) =>
        UnlessAsync(rest.SendAsync(Route.Message(HttpMethod.Delete, channel, message), null, cancellationToken), DiscordErrorCode.UnknownMessage);

    public async Task<DiscordMessage?> FindMessageAsync(Snowflake channel, Snowflake message, CancellationToken cancellationToken)
    {
        Route route = Route.Message(HttpMethod.Get, channel, message);
        try
        {
            return Read(route, await rest.SendAsync(route, null, cancellationToken).ConfigureAwait(false));
        }
        catch (DiscordException e) when (e.Code is DiscordErrorCode.UnknownMessage or DiscordErrorCode.UnknownChannel)
        {
            return null;
        }
    }

    public async Task<IReadOnlyList<DiscordMessage>> GetMessagesAsync(Snowflake channel, MessagePage page, CancellationToken cancellationToken)
    {
        string border = page.Before is { } before ? $"&before={before}" : page.After is { } after ? $"&after={after}" : "";
        JsonElement list = await rest.SendAsync(Route.Messages(channel, $"?limit={page.Limit}{border}"), null, cancellationToken).ConfigureAwait(false);
        IEnumerable<DiscordMessage> read = Items(list).Select(m => messages.Read(m, null)).OfType<DiscordMessage>();
        return page is { Before: null, After: not null } ? [.. read.OrderBy(m => m.Id)] : [.. read.OrderByDescending(m => m.Id)];
    }

    public Task TypeAsync(Snowflake channel, CancellationToken cancellationToken) => rest.SendAsync(Route.Typing(channel), null, cancellationToken);

    public EditPace EditPaceIn(Snowflake channel) => rest.Limiter.Pace(Route.Message(HttpMethod.Patch, channel, default));

    public Task AddReactionAsync(Snowflake channel, Snowflake message, DiscordEmoji emoji, CancellationToken cancellationToken) =>
        rest.SendAsync(Route.OwnReaction(HttpMethod.Put, channel, message, emoji), null, cancellationToken);

    public Task RemoveReactionAsync(Snowflake channel, Snowflake message, DiscordEmoji emoji, CancellationToken cancellationToken) =>
        UnlessAsync(rest.SendAsync(Route.OwnReaction(HttpMethod.Delete, channel, message, emoji), null, cancellationToken), UnknownEmoji, DiscordErrorCode.UnknownMessage);

    public async Task<IReadOnlyList<DiscordUser>> GetReactionUsersAsync(
        Snowflake channel, Snowflake message, DiscordEmoji emoji, Snowflake? after, int limit, CancellationToken cancellationToken)
    {
        string query = $"?limit={limit}{(after is { } border ? $"&after={border}" : "")}";
        JsonElement list = await rest.SendAsync(Route.Reactions(channel, message, emoji, query), null, cancellationToken).ConfigureAwait(false);
        return [.. Items(list).Select(u => EntityReader.User(u)).OfType<DiscordUser>().OrderBy(u => u.Id)];
    }

    /// <summary>The message of an answer.</summary>
    /// <exception cref="DiscordException">It is none; what was asked for was done all the same.</exception>
    public DiscordMessage Read(Route route, JsonElement json) => messages.Read(json, null) ??
        throw new DiscordException($"{route} succeeded, but its answer is no message. Check that Discord:ApiBase is a Discord API.", System.Net.HttpStatusCode.OK, 0, null) { OutcomeUnknown = true };

    /// <summary>Ends well also where Discord says one of these codes: what was to go is gone.</summary>
    private static async Task UnlessAsync(Task<JsonElement> action, params int[] codes)
    {
        try
        {
            await action.ConfigureAwait(false);
        }
        catch (DiscordException e) when (codes.Contains(e.Code))
        {
        }
    }

    private static IEnumerable<JsonElement> Items(JsonElement list) => list.ValueKind == JsonValueKind.Array ? list.EnumerateArray() : [];
}
