using System.Text.Json.Nodes;
using MicroChat.Discord.Simulator.Gateway;
using MicroChat.Discord.Simulator.Json;

namespace MicroChat.Discord.Simulator.World;

/// <summary>Posts, changes and deletes messages, whoever does it. The caller holds the world's lock.</summary>
internal sealed class MessageBook(DiscordWorld world)
{
    private static readonly TimeSpan NonceMemory = TimeSpan.FromMinutes(5);

    private readonly Dictionary<(ulong Author, string Nonce), SimMessage> nonces = [];
    private readonly Queue<(DateTimeOffset Until, (ulong, string) Key)> nonceEnds = new();
    private readonly Queue<SimAttachment> files = new();
    private long fileBytes;

    /// <summary>Posts a message, or returns the one that has its nonce.</summary>
    public SimMessage Create(MessageDraft draft)
    {
        ForgetNonces();
        if (draft is { EnforceNonce: true, Nonce: { } nonce } && nonces.TryGetValue((draft.Author.Id, nonce), out SimMessage? earlier))
        {
            return earlier;
        }
        SimChannel channel = draft.Channel;
        if (channel is { IsThread: true, IsArchived: true })
        {
            world.Threads.Set(channel, archived: false, channel.IsLocked);
        }
        var message = new SimMessage(draft.Id ?? world.Ids.Next(), channel, draft.Author, draft.Content, world.Now)
        {
            Type = draft.Type,
            Flags = draft.Flags,
            ReplyTo = draft.ReplyTo,
            Attachments = draft.Attachments,
            Embeds = draft.Embeds,
            Components = draft.Components,
            Poll = draft.Poll,
            Tts = draft.Tts,
            Nonce = draft.Nonce,
            NonceIsNumber = draft.NonceIsNumber,
            Interaction = draft.Interaction,
            AllowedMentions = draft.AllowedMentionsText,
        };
        Keep(draft.Attachments);
        Mention(message, draft.AllowedMentions, onEdit: false);
        Remember(message, draft);
        Send("MESSAGE_CREATE", message);
        world.Narrate($"{Place(channel)} {draft.Author.Name}: {Say(message)}");
        return message;
    }

    /// <summary>Changes a message.</summary>
    public void Edit(SimMessage message, MessageChange change)
    {
        if (change.Kept is { } kept)
        {
            message.Attachments = [.. message.Attachments.Where(a => kept.Contains(a.Id))];
        }
        message.Attachments = [.. message.Attachments, .. change.Added];
        Keep(change.Added);
        message.Embeds = change.Embeds ?? message.Embeds;
        message.Components = change.Components ?? message.Components;
        message.Flags = change.Flags ?? message.Flags;
        message.AllowedMentions = change.AllowedMentionsText;
        bool loading = (message.Flags & MessageFlags.Loading) != 0;
        message.Flags &= ~MessageFlags.Loading;
        message.Revise(change.Content ?? message.Content, loading ? null : world.Now);
        if (change.Content is not null)
        {
            Mention(message, change.AllowedMentions, onEdit: !loading);
        }
        Send("MESSAGE_UPDATE", message);
        world.Narrate($"{Place(message.Channel)} {message.Author.Name} {(loading ? "answers" : "edits")}: {Say(message)}");
    }

    public void Delete(SimMessage message)
    {
        if (!message.IsEphemeral && !message.Channel.Remove(message))
        {
            throw DiscordFault.UnknownMessage;
        }
        message.IsDeleted = true;
        SendDeleted("MESSAGE_DELETE", message.Channel, new JsonObject { ["id"] = Text.Of(message.Id) }, message.IsEphemeral);
        world.Narrate($"{Place(message.Channel)} a message of {message.Author.Name} is deleted: {Say(message)}");
    }

    /// <summary>Deletes those of the messages that are still there.</summary>
    public void DeleteMany(SimChannel channel, IReadOnlyCollection<SimMessage> messages)
    {
        SimMessage[] gone = [.. messages.Where(channel.Remove)];
        foreach (SimMessage message in gone)
        {
            message.IsDeleted = true;
        }
        SendDeleted("MESSAGE_DELETE_BULK", channel, new JsonObject { ["ids"] = Text.Ids(gone.Select(m => m.Id)) }, ephemeral: false);
        world.Narrate($"{Place(channel)} {gone.Length} messages are deleted");
    }

    public void Type(SimChannel channel, SimUser user)
    {
        var json = new JsonObject { ["channel_id"] = Text.Of(channel.Id), ["user_id"] = Text.Of(user.Id), ["timestamp"] = world.Now.ToUnixTimeSeconds() };
        if (channel.Guild is { } guild)
        {
            json["guild_id"] = Text.Of(guild.Id);
            json["member"] = UserJson.Of(guild.Member(user.Id)!, withUser: true);
        }
        world.Send("TYPING_START", channel.Guild, channel.IsDirect ? Intents.DirectMessageTyping : Intents.GuildMessageTyping, json);
        world.Narrate($"{Place(channel)} {user.Name} is typing");
    }

    /// <summary>How a channel is called in what people read.</summary>
    public static string Place(SimChannel channel) => channel.IsDirect
        ? "DM with " + channel.Recipients.First(u => !u.IsBot).Name : "#" + channel.Name;

    /// <summary>Puts a new message where it is found again: under its nonce, in its channel, in its author's threads.</summary>
    private void Remember(SimMessage message, MessageDraft draft)
    {
        if (draft.Nonce is not null)
        {
            nonces[(draft.Author.Id, draft.Nonce)] = message;
            nonceEnds.Enqueue((world.Now + NonceMemory, (draft.Author.Id, draft.Nonce)));
        }
        if (!message.IsEphemeral)
        {
            SimChannel channel = message.Channel;
            channel.Add(message, world.Options.MessagesPerChannel);
            if (channel.IsThread && channel.ThreadMembers.Add(draft.Author.Id) && draft.Author == world.Bot)
            {
                world.Threads.SendMembers(channel, draft.Author);
            }
        }
    }

    private static string Say(SimMessage message)
    {
        string marks = message.IsEphemeral ? "(only they see it) " : (message.Flags & MessageFlags.Loading) != 0 ? "(is thinking) " : "";
        string files = message.Attachments.Count == 0 ? "" : $" [{string.Join(", ", message.Attachments.Select(a => a.FileName))}]";
        string buttons = string.Concat(ComponentTree.Interactive(message.Components).Select(c => $" [{ComponentTree.Name(c)}]"));
        return $"{marks}{message.Content}{files}{buttons}";
    }

    private void Mention(SimMessage message, AllowedMentions allowed, bool onEdit)
    {
        SimMessage? repliedTo = message.ReplyTo is { } id ? message.Channel.Find(id) : null;
        foreach (SimUser user in MentionReader.Apply(message, allowed, repliedTo, world.FindUser))
        {
            if (message.PingedSet.Add(user.Id) && message.Author == world.Bot)
            {
                world.Note(new SimPing(message, user, onEdit));
                world.Narrate($"{Place(message.Channel)} {message.Author.Name} pings {user.Name}");
            }
        }
    }

    private void Send(string name, SimMessage message)
    {
        SimChannel channel = message.Channel;
        if (!world.Sees(channel))
        {
            return;
        }
        bool direct = channel.IsDirect || message.IsEphemeral;
        byte[]? stripped = MessageJson.NeedsIntent(world, message) || message.ReplyTo is not null ? Text.Utf8(MessageJson.Event(world, message, stripped: true)) : null;
        world.Publish(new WorldEvent(
            name, direct ? null : channel.Guild, direct ? Intents.DirectMessages : Intents.GuildMessages,
            Text.Utf8(MessageJson.Event(world, message, stripped: false)), stripped));
    }

    private void SendDeleted(string name, SimChannel channel, JsonObject json, bool ephemeral)
    {
        json["channel_id"] = Text.Of(channel.Id);
        bool direct = channel.IsDirect || ephemeral;
        if (!direct)
        {
            json["guild_id"] = Text.Of(channel.Guild!.Id);
        }
        if (world.Sees(channel))
        {
            world.Send(name, direct ? null : channel.Guild, direct ? Intents.DirectMessages : Intents.GuildMessages, json);
        }
    }

    private void Keep(IReadOnlyList<SimAttachment> added)
    {
        foreach (SimAttachment file in added)
        {
            files.Enqueue(file);
            fileBytes += file.Content.Length;
        }
        while (fileBytes > world.Options.AttachmentBytes && files.TryDequeue(out SimAttachment? oldest))
        {
            fileBytes -= oldest.Content.Length;
            oldest.Content = [];
        }
    }

    private void ForgetNonces()
    {
        while (nonceEnds.TryPeek(out (DateTimeOffset Until, (ulong, string) Key) oldest) && oldest.Until < world.Now)
        {
            nonces.Remove(nonceEnds.Dequeue().Key);
        }
    }
}
