using MicroChat.Discord.Simulator.Gateway;
using System.Text.Json.Nodes;
using MicroChat.Discord.Simulator.Json;

namespace MicroChat.Discord.Simulator.World;

/// <summary>What members do with messages.</summary>
public sealed partial class DiscordWorld
{
    private const int LongestOfMembers = 4_000;

    /// <summary>A member writes a message; in a guild they join where they are no member.</summary>
    /// <param name="author">Who writes; may be another bot.</param>
    /// <param name="channel">Where.</param>
    /// <param name="text">What; at most 4,000 characters.</param>
    /// <param name="replyTo">The message it replies to.</param>
    /// <param name="files">File names with their contents.</param>
    /// <param name="pingReplied">Whether a reply notifies whom it replies to.</param>
    public SimMessage Say(
        SimUser author, SimChannel channel, string text, SimMessage? replyTo = null, IReadOnlyDictionary<string, byte[]>? files = null, bool pingReplied = true)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(text.Length, LongestOfMembers, nameof(text));
        Enter(author, channel);
        return Act(() => Messages.Create(new MessageDraft
        {
            Channel = channel,
            Author = author,
            Content = text,
            ReplyTo = replyTo?.Id,
            Type = replyTo is null ? 0 : 19,
            Attachments = [.. (files ?? new Dictionary<string, byte[]>()).Select(f => new SimAttachment(Ids.Next(), f.Key, f.Value) { ContentType = ContentTypes.Of(f.Key) })],
            AllowedMentions = AllowedMentions.Default with { RepliedUser = pingReplied },
        }));
    }

    /// <summary>The author changes the text.</summary>
    public void Edit(SimMessage message, string text) => Act(() =>
    {
        Messages.Edit(message, new MessageChange { Content = text });
        return true;
    });

    /// <summary>A message is deleted, by its author or a moderator.</summary>
    public void Delete(SimMessage message) => Act(() =>
    {
        Messages.Delete(message);
        return true;
    });

    /// <summary>A moderator deletes many messages of one channel at once.</summary>
    public void DeleteMany(SimChannel channel, IReadOnlyCollection<SimMessage> messages) => Act(() =>
    {
        Messages.DeleteMany(channel, messages);
        return true;
    });

    /// <summary>A member reacts. Reacting twice with the same emoji changes nothing.</summary>
    /// <param name="emoji">The emoji itself, or <c>name:id</c> of one of a guild's.</param>
    public void React(SimUser user, SimMessage message, string emoji)
    {
        Enter(user, message.Channel);
        Act(() => Reactions.Add(message, user, ReadEmoji(emoji)));
    }

    /// <summary>A member takes a reaction back.</summary>
    public void Unreact(SimUser user, SimMessage message, string emoji) => Act(() => Reactions.Remove(message, user, ReadEmoji(emoji)));

    /// <summary>A moderator takes all reactions away, or all of one emoji.</summary>
    public void ClearReactions(SimMessage message, string? emoji = null) => Act(() =>
    {
        Reactions.Clear(message, emoji is null ? null : ReadEmoji(emoji));
        return true;
    });

    /// <summary>A member begins to type.</summary>
    public void Type(SimUser user, SimChannel channel)
    {
        Enter(user, channel);
        Act(() =>
        {
            Messages.Type(channel, user);
            return true;
        });
    }

    /// <summary>A member starts a thread, at a message or on its own.</summary>
    public SimChannel StartThread(SimUser user, SimChannel parent, string name, SimMessage? at = null)
    {
        Enter(user, parent);
        return Act(() => Threads.Start(parent, user, name, SimChannelType.PublicThread, at));
    }

    /// <summary>A member writes a post in a forum: a thread with its first message.</summary>
    public SimChannel StartPost(SimUser user, SimChannel forum, string title, string text)
    {
        Enter(user, forum);
        return Act(() =>
        {
            SimChannel thread = Threads.Start(forum, user, title, SimChannelType.PublicThread, null);
            Messages.Create(new MessageDraft { Id = thread.Id, Channel = thread, Author = user, Content = text });
            return thread;
        });
    }

    /// <summary>A thread is archived or opened again, locked or unlocked.</summary>
    public void SetThread(SimChannel thread, bool archived, bool locked = false) => Act(() =>
    {
        Threads.Set(thread, archived, locked);
        return true;
    });

    private SimEmoji ReadEmoji(string text) => SimEmoji.Read(text, KnowsEmoji) ?? throw DiscordFault.UnknownEmoji;

    private void Enter(SimUser user, SimChannel channel)
    {
        if (channel.Guild is { } guild)
        {
            Join(guild, user);
        }
    }
}
