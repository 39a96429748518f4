using System.Text.Json.Nodes;
using MicroChat.Discord.Simulator.Json;
using MicroChat.Discord.Simulator.World;

namespace MicroChat.Discord.Simulator.Rest;

/// <summary>Messages: read, post, edit, delete, pin, type.</summary>
internal static class MessageRoutes
{
    private static readonly TimeSpan EditedFreely = TimeSpan.FromHours(1), BulkReach = TimeSpan.FromDays(14);

    public static IEnumerable<Route> Of(RateLimiter limiter) =>
    [
        new("GET", "/channels/{channel}/messages", List),
        new("GET", "/channels/{channel}/messages/{message}", Get),
        new("POST", "/channels/{channel}/messages", Create) { Rule = o => o.CreateMessage },
        new("PATCH", "/channels/{channel}/messages/{message}", call => Edit(call, limiter)) { Rule = o => o.EditMessage },
        new("DELETE", "/channels/{channel}/messages/{message}", Delete) { Rule = o => o.DeleteMessage },
        new("POST", "/channels/{channel}/messages/bulk-delete", DeleteMany),
        new("POST", "/channels/{channel}/typing", Type) { Rule = o => o.Typing },
        new("PUT", "/channels/{channel}/pins/{message}", call => Pin(call, true)),
        new("DELETE", "/channels/{channel}/pins/{message}", call => Pin(call, false)),
        new("GET", "/channels/{channel}/pins", Pins),
    ];

    private static Answer List(Call call)
    {
        SimChannel channel = call.Channel();
        int limit = call.QueryNumber("limit", 50, 1, 100);
        if (!PermissionRules.Of(channel, call.Bot).HasFlag(SimPermissions.ReadMessageHistory))
        {
            return Answer.Ok(new JsonArray());
        }
        ulong? around = call.QueryId("around"), after = call.QueryId("after");
        ulong before = call.QueryId("before") ?? ulong.MaxValue;
        SimMessage[] found = around is { } middle
            ? [.. channel.Between(0, middle, limit / 2, newest: true), .. channel.Between(middle - 1, ulong.MaxValue, limit - (limit / 2), newest: false)]
            : [.. channel.Between(after ?? 0, before, limit, newest: after is null)];
        return Answer.Ok(Text.Array(found.Reverse().Select(m => MessageJson.Of(call.World, m, call.IsStripped))));
    }

    private static Answer Get(Call call)
    {
        SimMessage message = call.Message(call.Channel(SimPermissions.ReadMessageHistory));
        return Answer.Ok(MessageJson.Of(call.World, message, call.IsStripped));
    }

    private static Answer Create(Call call)
    {
        SimChannel channel = call.Channel();
        RefuseUnlessWritable(call, channel);
        MessageDraft draft = MessageForm.Draft(call, call.Body, AllowedMentions.Default, mayBeEphemeral: false);
        Form? reference = call.Body.Object("message_reference");
        ulong? target = reference?.Id("message_id", required: true);
        call.Body.Errors.ThrowIfAny();
        RefuseParts(call, channel, draft);
        SimMessage? repliedTo = target is { } id ? FindTarget(call, channel, id, reference!.Flag("fail_if_not_exists") ?? true) : null;
        SimMessage message = call.World.Messages.Create(draft with { Channel = channel, ReplyTo = repliedTo?.Id, Type = repliedTo is null ? 0 : 19 });
        return Answer.Ok(MessageJson.Of(call.World, message, call.IsStripped));
    }

    private static Answer Edit(Call call, RateLimiter limiter)
    {
        SimChannel channel = call.Channel();
        SimMessage message = call.Message(channel);
        if (message.Author != call.Bot)
        {
            throw DiscordFault.NotYourMessage;
        }
        RefuseIfArchived(channel);
        MessageChange change = MessageForm.Change(call, call.Body, message, AllowedMentions.Default);
        if (call.World.Now - message.CreatedAt > EditedFreely && !limiter.TakeOldEdit(channel.Id))
        {
            throw new DiscordFault(429, 30046, "Maximum number of edits to messages older than 1 hour reached. Try again later");
        }
        call.World.Messages.Edit(message, change);
        return Answer.Ok(MessageJson.Of(call.World, message, call.IsStripped));
    }

    private static Answer Delete(Call call)
    {
        SimChannel channel = call.Channel();
        SimMessage message = call.Message(channel);
        if (message.Author != call.Bot)
        {
            RefuseInDirect(channel);
            call.Require(channel, SimPermissions.ManageMessages);
        }
        RefuseIfArchived(channel);
        call.World.Messages.Delete(message);
        return Answer.NoContent;
    }

    private static Answer DeleteMany(Call call)
    {
        SimChannel channel = call.Channel();
        RefuseInDirect(channel);
        call.Require(channel, SimPermissions.ManageMessages);
        IReadOnlySet<ulong> ids = call.Body.Ids("messages", 100);
        if (ids.Count < 2)
        {
            call.Body.Wrong<string>("messages", "BASE_TYPE_BAD_LENGTH", "Must be between 2 and 100 in length.");
        }
        call.Body.Errors.ThrowIfAny();
        if (ids.Any(id => call.World.Now - Snowflake.TimeOf(id) > BulkReach))
        {
            throw new DiscordFault(400, 50034, "You can only bulk delete messages that are under 14 days old.");
        }
        call.World.Messages.DeleteMany(channel, [.. ids.Select(channel.Find).OfType<SimMessage>()]);
        return Answer.NoContent;
    }

    private static Answer Type(Call call)
    {
        SimChannel channel = call.Channel();
        RefuseUnlessWritable(call, channel);
        call.World.Messages.Type(channel, call.Bot);
        return Answer.NoContent;
    }

    private static Answer Pin(Call call, bool pinned)
    {
        SimChannel channel = call.Channel();
        if (!channel.IsDirect && (PermissionRules.Of(channel, call.Bot) & (SimPermissions.PinMessages | SimPermissions.ManageMessages)) == 0)
        {
            throw DiscordFault.MissingPermissions;
        }
        call.Message(channel).IsPinned = pinned;
        return Answer.NoContent;
    }

    private static Answer Pins(Call call) => Answer.Ok(Text.Array(call.Channel().Messages.Where(m => m.IsPinned).Reverse()
        .Select(m => MessageJson.Of(call.World, m, call.IsStripped))));

    /// <summary>Whether the bot may write here at all: kind of channel, permission, thread, the other side's will.</summary>
    private static void RefuseUnlessWritable(Call call, SimChannel channel)
    {
        if (!channel.HoldsMessages)
        {
            throw DiscordFault.NotInVoiceOrForum;
        }
        if (channel.IsDirect && channel.Recipients.Any(u => !u.AcceptsDirectMessages))
        {
            throw DiscordFault.RefusesMessages;
        }
        call.Require(channel, channel.IsThread ? SimPermissions.SendMessagesInThreads : SimPermissions.SendMessages);
        if (channel.IsLocked && !PermissionRules.Of(channel, call.Bot).HasFlag(SimPermissions.ManageThreads))
        {
            throw DiscordFault.ThreadLocked;
        }
    }

    /// <summary>Embeds and files need permissions of their own.</summary>
    private static void RefuseParts(Call call, SimChannel channel, MessageDraft draft)
    {
        call.Require(channel, (draft.Embeds.Count > 0 ? SimPermissions.EmbedLinks : 0) | (draft.Attachments.Count > 0 ? SimPermissions.AttachFiles : 0)
            | (draft.Poll is not null ? SimPermissions.SendPolls : 0));
    }

    private static SimMessage? FindTarget(Call call, SimChannel channel, ulong id, bool mustExist)
    {
        if (!PermissionRules.Of(channel, call.Bot).HasFlag(SimPermissions.ReadMessageHistory))
        {
            throw new DiscordFault(403, 160002, "Cannot reply without permission to read message history");
        }
        if (channel.Find(id) is not { } target)
        {
            return !mustExist ? null : throw DiscordFault.Invalid("message_reference", "REPLIES_UNKNOWN_MESSAGE", "Unknown message");
        }
        return target.IsSystem ? throw DiscordFault.Invalid("message_reference", "REPLIES_CANNOT_REPLY_TO_SYSTEM_MESSAGE", "Cannot reply to a system message") : target;
    }

    private static void RefuseIfArchived(SimChannel channel)
    {
        if (channel.IsArchived)
        {
            throw DiscordFault.ThreadArchived;
        }
    }

    private static void RefuseInDirect(SimChannel channel)
    {
        if (channel.IsDirect)
        {
            throw DiscordFault.NotInDirectMessages;
        }
    }
}
