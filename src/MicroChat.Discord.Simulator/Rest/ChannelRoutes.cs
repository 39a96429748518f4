using System.Text.Json.Nodes;
using MicroChat.Discord.Simulator.Json;
using MicroChat.Discord.Simulator.World;

namespace MicroChat.Discord.Simulator.Rest;

/// <summary>Channels: read, change, delete, permissions.</summary>
internal static class ChannelRoutes
{
    public static IEnumerable<Route> All =>
    [
        new("GET", "/channels/{channel}", call => Answer.Ok(ChannelJson.Of(call.Channel()))),
        new("PATCH", "/channels/{channel}", Change),
        new("DELETE", "/channels/{channel}", Delete),
        new("PUT", "/channels/{channel}/permissions/{overwrite}", SetOverwrite),
    ];

    private static Answer Change(Call call)
    {
        SimChannel channel = call.Channel();
        if (channel.IsDirect)
        {
            throw DiscordFault.NotInDirectMessages;
        }
        bool own = channel.ThreadOwner == call.Bot;
        call.Require(channel, own ? SimPermissions.None : channel.IsThread ? SimPermissions.ManageThreads : SimPermissions.ManageChannels);
        string? name = call.Body.Text("name", 100, 1), topic = call.Body.Text("topic", 4096);
        bool? nsfw = call.Body.Flag("nsfw"), archived = call.Body.Flag("archived"), locked = call.Body.Flag("locked");
        long? minutes = call.Body.Integer("auto_archive_duration", 60, 10080);
        call.Body.Errors.ThrowIfAny();
        channel.Name = name ?? channel.Name;
        if (channel.IsThread)
        {
            channel.AutoArchiveMinutes = (int)(minutes ?? channel.AutoArchiveMinutes);
            call.World.Threads.Set(channel, archived ?? channel.IsArchived, locked ?? channel.IsLocked);
        }
        else
        {
            channel.Topic = topic ?? channel.Topic;
            channel.IsNsfw = nsfw ?? channel.IsNsfw;
            call.World.SendChannel("CHANNEL_UPDATE", channel);
        }
        return Answer.Ok(ChannelJson.Of(channel));
    }

    private static Answer Delete(Call call)
    {
        SimChannel channel = call.Channel();
        if (!channel.IsDirect)
        {
            call.Require(channel, channel.IsThread ? SimPermissions.ManageThreads : SimPermissions.ManageChannels);
            call.World.Remove(channel);
        }
        return Answer.Ok(ChannelJson.Of(channel));
    }

    private static Answer SetOverwrite(Call call)
    {
        SimChannel channel = call.Channel(SimPermissions.ManageRoles);
        ulong id = call.Id("overwrite");
        long? type = call.Body.Integer("type", 0, 1, required: true);
        ulong allow = call.Body.Id("allow") ?? 0, deny = call.Body.Id("deny") ?? 0;
        call.Body.Errors.ThrowIfAny();
        call.World.SetOverwrite(channel, new SimOverwrite(id, type == 1, (SimPermissions)allow, (SimPermissions)deny));
        return Answer.NoContent;
    }
}
