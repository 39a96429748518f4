using System.Text.Json.Nodes;
using MicroChat.Discord.Simulator.Json;
using MicroChat.Discord.Simulator.World;

namespace MicroChat.Discord.Simulator.Rest;

/// <summary>Threads and posts: start, list, enter, leave.</summary>
internal static class ThreadRoutes
{
    private static readonly long[] Durations = [60, 1440, 4320, 10080];

    public static IEnumerable<Route> All =>
    [
        new("POST", "/channels/{channel}/messages/{message}/threads", StartAtMessage),
        new("POST", "/channels/{channel}/threads", Start),
        new("GET", "/channels/{channel}/threads/archived/public", Archived),
        new("GET", "/channels/{channel}/thread-members", Members),
        new("PUT", "/channels/{channel}/thread-members/@me", call => SetMember(call, call.Bot, true)),
        new("DELETE", "/channels/{channel}/thread-members/@me", call => SetMember(call, call.Bot, false)),
        new("PUT", "/channels/{channel}/thread-members/{user}", call => SetMember(call, User(call), true)),
        new("DELETE", "/channels/{channel}/thread-members/{user}", call => SetMember(call, User(call), false)),
    ];

    /// <summary>Threads with the bot's memberships.</summary>
    public static JsonObject Listing(Call call, IReadOnlyCollection<SimChannel> threads) => new()
    {
        ["threads"] = Text.Array(threads.Select(ChannelJson.Of)),
        ["members"] = Text.Array(threads.Where(t => t.ThreadMembers.Contains(call.Bot.Id)).Select(t => ChannelJson.ThreadMember(t, call.Bot.Id))),
        ["has_more"] = false,
    };

    private static Answer StartAtMessage(Call call)
    {
        SimChannel parent = Parent(call, SimPermissions.CreatePublicThreads);
        SimMessage message = call.Message(parent);
        (string name, int minutes) = Form(call);
        return Created(call.World.Threads.Start(parent, call.Bot, name, SimChannelType.PublicThread, message), minutes);
    }

    private static Answer Start(Call call)
    {
        SimChannel parent = Parent(call, SimPermissions.None);
        if (!parent.HoldsMessages)
        {
            return StartPost(call, parent);
        }
        long type = call.Body.Integer("type", 10, 12) ?? (long)SimChannelType.PrivateThread;
        call.Require(parent, type == (long)SimChannelType.PrivateThread ? SimPermissions.CreatePrivateThreads : SimPermissions.CreatePublicThreads);
        (string name, int minutes) = Form(call);
        return Created(call.World.Threads.Start(parent, call.Bot, name, (SimChannelType)type, null), minutes);
    }

    private static Answer StartPost(Call call, SimChannel forum)
    {
        call.Require(forum, SimPermissions.SendMessages);
        (string name, int minutes) = Form(call);
        MessageDraft? draft = call.Body.Object("message") is { } message ? MessageForm.Draft(call, message, AllowedMentions.Default, mayBeEphemeral: false) : null;
        if (draft is null)
        {
            call.Body.Wrong<string>("message", "BASE_TYPE_REQUIRED", "This field is required");
        }
        call.Body.Errors.ThrowIfAny();
        SimChannel thread = call.World.Threads.Start(forum, call.Bot, name, SimChannelType.PublicThread, null);
        SimMessage first = call.World.Messages.Create(draft! with { Id = thread.Id, Channel = thread });
        Answer answer = Created(thread, minutes);
        answer.Body!["message"] = MessageJson.Of(call.World, first, call.IsStripped);
        return answer;
    }

    private static Answer Archived(Call call)
    {
        SimChannel parent = call.Channel(SimPermissions.ReadMessageHistory);
        return Answer.Ok(Listing(call, [.. (parent.Guild?.Channels ?? []).Where(c => c is { IsThread: true, IsArchived: true } && c.Parent == parent)]));
    }

    private static Answer Members(Call call)
    {
        SimChannel thread = Thread(call);
        return Answer.Ok(Text.Array(thread.ThreadMembers.Select(id => ChannelJson.ThreadMember(thread, id))));
    }

    private static Answer SetMember(Call call, SimUser user, bool inside)
    {
        SimChannel thread = Thread(call);
        if (thread.IsArchived)
        {
            throw DiscordFault.ThreadArchived;
        }
        call.World.Threads.SetMember(thread, user, inside);
        return Answer.NoContent;
    }

    private static SimChannel Thread(Call call) => call.Channel() is { IsThread: true } thread ? thread : throw DiscordFault.WrongChannelType;

    private static SimChannel Parent(Call call, SimPermissions needed) =>
        call.Channel(needed) is { IsThread: false, IsDirect: false, Type: not SimChannelType.Category } parent ? parent : throw DiscordFault.WrongChannelType;

    private static SimUser User(Call call) => call.World.FindUser(call.Id("user")) ?? throw DiscordFault.UnknownUser;

    private static (string Name, int Minutes) Form(Call call)
    {
        string? name = call.Body.Text("name", 100, 1, required: true);
        long minutes = call.Body.Integer("auto_archive_duration", 60, 10080) ?? 1440;
        if (!Durations.Contains(minutes))
        {
            call.Body.Wrong<string>("auto_archive_duration", "BASE_TYPE_CHOICES", "Value must be one of (60, 1440, 4320, 10080).");
        }
        call.Body.Errors.ThrowIfAny();
        return (name!, (int)minutes);
    }

    private static Answer Created(SimChannel thread, int minutes)
    {
        thread.AutoArchiveMinutes = minutes;
        return Answer.Created(ChannelJson.Of(thread));
    }
}
