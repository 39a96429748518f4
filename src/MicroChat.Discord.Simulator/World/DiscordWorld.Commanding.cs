using System.Text.Json.Nodes;
using MicroChat.Discord.Simulator.Json;

namespace MicroChat.Discord.Simulator.World;

/// <summary>What members do with commands, buttons, menus and forms.</summary>
public sealed partial class DiscordWorld
{
    /// <summary>The commands registered for all guilds (null) or for one guild.</summary>
    public IReadOnlyList<SimCommand> CommandsOf(SimGuild? guild) => Read(w => w.Commands.Of(guild).ToArray());

    /// <summary>A member uses a slash command.</summary>
    /// <param name="name">Its name; those of a group and subcommand follow after spaces: <c>chat mode</c>.</param>
    /// <param name="options">Values by option name: text, numbers, booleans, or users, channels and roles.</param>
    /// <exception cref="InvalidOperationException">There is no such command, or an option is unknown, missing or of another type.</exception>
    public SimInteraction UseCommand(SimUser user, SimChannel channel, string name, IReadOnlyDictionary<string, object>? options = null)
    {
        Enter(user, channel);
        return Act(() =>
        {
            string[] path = name.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            SimCommand command = Commands.Visible(channel.Guild, 1, path[0]) ?? throw NoCommand(path[0]);
            JsonObject data = CommandData.Slash(this, command, path.AsSpan(1), options ?? new Dictionary<string, object>(), channel);
            Narrate($"{MessageBook.Place(channel)} {user.Name} uses /{name}");
            return Interactions.Start(InteractionBook.Command, user, channel, data, null);
        });
    }

    /// <summary>A member types in an option that offers choices.</summary>
    /// <param name="name">The command and its subcommands, such as "model promote".</param>
    public SimInteraction Autocomplete(SimUser user, SimChannel channel, string name, string option, string typed)
    {
        Enter(user, channel);
        return Act(() =>
        {
            string[] path = name.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            SimCommand command = Commands.Visible(channel.Guild, 1, path[0]) ?? throw NoCommand(path[0]);
            JsonObject data = CommandData.Typed(command, path.AsSpan(1), option, typed, channel);
            return Interactions.Start(InteractionBook.Autocomplete, user, channel, data, null);
        });
    }

    /// <summary>A member uses a context menu command on a message.</summary>
    public SimInteraction UseCommand(SimUser user, SimMessage message, string name)
    {
        Enter(user, message.Channel);
        return Act(() =>
        {
            SimCommand command = Commands.Visible(message.Channel.Guild, 3, name) ?? throw NoCommand(name);
            JsonObject data = CommandData.About(command, message.Channel);
            data["target_id"] = Text.Of(message.Id);
            data["resolved"] = new JsonObject
            {
                ["messages"] = new JsonObject { [Text.Of(message.Id)] = MessageJson.Of(this, message, stripped: false) },
            };
            Narrate($"{MessageBook.Place(message.Channel)} {user.Name} uses \"{name}\" on: {message.Content}");
            return Interactions.Start(InteractionBook.Command, user, message.Channel, data, null);
        });
    }

    /// <summary>A member uses a context menu command on a user.</summary>
    public SimInteraction UseCommand(SimUser user, SimChannel channel, SimUser target, string name)
    {
        Enter(user, channel);
        return Act(() =>
        {
            SimCommand command = Commands.Visible(channel.Guild, 2, name) ?? throw NoCommand(name);
            JsonObject data = CommandData.About(command, channel);
            data["target_id"] = Text.Of(target.Id);
            data["resolved"] = CommandData.Resolved(target, channel);
            return Interactions.Start(InteractionBook.Command, user, channel, data, null);
        });
    }

    /// <summary>A member presses a button.</summary>
    /// <param name="button">Its <c>custom_id</c>, its label, or its emoji where it has no label.</param>
    public SimInteraction Press(SimUser user, SimMessage message, string button) => UseComponent(user, message, button, ComponentTree.Button, null);

    /// <summary>A member chooses in a menu.</summary>
    /// <param name="menu">Its <c>custom_id</c>, or its placeholder.</param>
    public SimInteraction Select(SimUser user, SimMessage message, string menu, params IReadOnlyList<string> values) =>
        UseComponent(user, message, menu, ComponentTree.StringSelect, values);

    /// <summary>A member fills in the form that the bot opened, and sends it.</summary>
    /// <param name="opened">The interaction that the bot answered with the form.</param>
    /// <param name="fields">Values by <c>custom_id</c>; several values of a menu are separated by commas.</param>
    public SimInteraction Submit(SimInteraction opened, IReadOnlyDictionary<string, string> fields) => Act(() =>
    {
        JsonObject modal = opened.Modal ?? throw new InvalidOperationException("The bot opened no form here.");
        Narrate($"{MessageBook.Place(opened.Channel)} {opened.User.Name} sends the form \"{modal["title"]}\"");
        return Interactions.Start(InteractionBook.ModalSubmit, opened.User, opened.Channel, CommandData.Modal(modal, fields), opened.Source);
    });

    private static InvalidOperationException NoCommand(string name) => new($"The bot has registered no command \"{name}\" here.");

    private SimInteraction UseComponent(SimUser user, SimMessage message, string which, int type, IReadOnlyList<string>? values)
    {
        Enter(user, message.Channel);
        return Act(() =>
        {
            JsonObject[] there = [.. ComponentTree.Interactive(message.Components).Where(c => IsOf(type, (int?)c["type"] ?? 0))];
            JsonObject component = there.FirstOrDefault(c => (string?)c["custom_id"] == which)
                ?? there.FirstOrDefault(c => ComponentTree.Name(c) == which || (string?)c["placeholder"] == which)
                ?? throw new InvalidOperationException($"The message has no such component \"{which}\"; it has: {string.Join(", ", there.Select(c => c["custom_id"]))}.");
            if ((bool?)component["disabled"] == true)
            {
                throw new InvalidOperationException($"\"{which}\" is disabled.");
            }
            var data = new JsonObject { ["custom_id"] = component["custom_id"]!.DeepClone(), ["component_type"] = component["type"]!.DeepClone(), ["id"] = 1 };
            if (values is not null)
            {
                data["values"] = new JsonArray([.. values.Select(v => (JsonNode)v)]);
            }
            Narrate($"{MessageBook.Place(message.Channel)} {user.Name} uses {ComponentTree.Name(component)}");
            return Interactions.Start(InteractionBook.Component, user, message.Channel, data, message);
        });
    }

    private static bool IsOf(int wanted, int type) => wanted == ComponentTree.Button ? type == ComponentTree.Button : type is ComponentTree.StringSelect or >= 5 and <= 8;
}
