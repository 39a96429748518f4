using System.Text.Json.Nodes;
using MicroChat.Discord.Simulator.Gateway;
using MicroChat.Discord.Simulator.Json;

namespace MicroChat.Discord.Simulator.World;

/// <summary>Starts threads, archives and locks them, and keeps who is in them. The caller holds the world's lock.</summary>
internal sealed class ThreadBook(DiscordWorld world)
{
    /// <summary>Discord's type of a thread's first message.</summary>
    public const int StarterMessage = 21;

    /// <summary>Starts a thread, at a message (then it has the message's id) or on its own.</summary>
    public SimChannel Start(SimChannel parent, SimUser owner, string name, SimChannelType type, SimMessage? at)
    {
        if (at?.Thread is not null)
        {
            throw DiscordFault.ThreadExists;
        }
        var thread = new SimChannel(at?.Id ?? world.Ids.Next(), type, name, parent.Guild) { Parent = parent, ThreadOwner = owner, ArchiveChangedAt = world.Now };
        thread.ThreadMembers.Add(owner.Id);
        world.Add(thread);
        if (world.Sees(thread))
        {
            JsonObject json = ChannelJson.Of(thread);
            json["newly_created"] = true;
            world.Send("THREAD_CREATE", thread.Guild, Intents.Guilds, json);
        }
        if (at is not null)
        {
            at.Thread = thread;
            at.Flags |= MessageFlags.HasThread;
            world.Messages.Create(new MessageDraft { Channel = thread, Author = at.Author, Type = StarterMessage, ReplyTo = at.Id });
        }
        world.Narrate($"{MessageBook.Place(parent)} {owner.Name} starts the thread {name}");
        return thread;
    }

    public void Set(SimChannel thread, bool archived, bool locked)
    {
        (thread.IsArchived, thread.IsLocked, thread.ArchiveChangedAt) = (archived, locked, world.Now);
        world.SendChannel("THREAD_UPDATE", thread);
    }

    /// <summary>Somebody enters or leaves a thread.</summary>
    public void SetMember(SimChannel thread, SimUser user, bool inside)
    {
        if (inside ? thread.ThreadMembers.Add(user.Id) : thread.ThreadMembers.Remove(user.Id))
        {
            SendMembers(thread, user);
        }
    }

    public void SendMembers(SimChannel thread, SimUser user)
    {
        bool inside = thread.ThreadMembers.Contains(user.Id);
        var json = new JsonObject
        {
            ["id"] = Text.Of(thread.Id),
            ["guild_id"] = Text.Of(thread.Guild!.Id),
            ["member_count"] = Math.Min(thread.ThreadMembers.Count, 50),
        };
        if (inside)
        {
            json["added_members"] = new JsonArray(ChannelJson.ThreadMember(thread, user.Id));
        }
        else
        {
            json["removed_member_ids"] = Text.Ids([user.Id]);
        }
        world.Send("THREAD_MEMBERS_UPDATE", thread.Guild, user == world.Bot ? Intents.Guilds : Intents.GuildMembers, json);
    }
}
