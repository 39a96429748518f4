using System.Text.Json.Nodes;
using MicroChat.Discord.Simulator.World;

namespace MicroChat.Discord.Simulator.Json;

/// <summary>Interactions as INTERACTION_CREATE gives them, and the answer to their callback.</summary>
internal static class InteractionJson
{
    private const int LargestFile = 10 << 20;

    public static JsonObject Of(DiscordWorld world, SimInteraction interaction)
    {
        SimChannel channel = interaction.Channel;
        SimPermissions may = PermissionRules.Of(channel, world.Bot), theirs = PermissionRules.Of(channel, interaction.User);
        var json = new JsonObject
        {
            ["id"] = Text.Of(interaction.Id),
            ["application_id"] = Text.Of(world.Bot.Id),
            ["type"] = interaction.Type,
            ["token"] = interaction.Token,
            ["version"] = 1,
            ["channel_id"] = Text.Of(channel.Id),
            ["channel"] = ChannelJson.Partial(channel, theirs),
            ["data"] = interaction.Data.DeepClone(),
            ["locale"] = "en-US",
            ["entitlements"] = new JsonArray(),
            ["authorizing_integration_owners"] = new JsonObject { ["0"] = channel.Guild is { } owner ? Text.Of(owner.Id) : "0" },
            ["context"] = channel.IsDirect ? 1 : 0,
            ["app_permissions"] = Text.Of(may),
            ["attachment_size_limit"] = LargestFile,
        };
        if (channel.Guild is { } guild && guild.Member(interaction.User.Id) is { } member)
        {
            json["guild_id"] = Text.Of(guild.Id);
            json["guild_locale"] = "en-US";
            json["guild"] = new JsonObject { ["id"] = Text.Of(guild.Id), ["locale"] = "en-US", ["features"] = new JsonArray() };
            json["member"] = UserJson.Of(member, withUser: true);
            json["member"]!["permissions"] = Text.Of(theirs);
        }
        else
        {
            json["user"] = UserJson.Of(interaction.User);
        }
        if (interaction.Source is { } source)
        {
            json["message"] = MessageJson.Of(world, source, stripped: false);
        }
        return json;
    }

    /// <summary>What a callback with <c>with_response=true</c> returns.</summary>
    public static JsonObject Callback(DiscordWorld world, SimInteraction interaction)
    {
        var about = new JsonObject
        {
            ["id"] = Text.Of(interaction.Id),
            ["type"] = interaction.Type,
            ["response_message_loading"] = interaction.IsDeferred,
            ["response_message_ephemeral"] = interaction.Response?.IsEphemeral ?? false,
        };
        var json = new JsonObject { ["interaction"] = about };
        var resource = new JsonObject { ["type"] = interaction.AnswerType };
        if (interaction.Response is { } message)
        {
            about["response_message_id"] = Text.Of(message.Id);
            resource["message"] = MessageJson.Of(world, message, stripped: false);
        }
        json["resource"] = resource;
        return json;
    }
}
