using System.Text.Json.Nodes;
using MicroChat.Discord.Simulator.Json;

namespace MicroChat.Discord.Simulator.World;

/// <summary>Builds the <c>data</c> of interactions as Discord's own clients would.</summary>
internal static class CommandData
{
    private const int Subcommand = 1;
    private const int Group = 2;
    private const int Label = 18;

    public static JsonObject About(SimCommand command, SimChannel channel)
    {
        var data = new JsonObject { ["id"] = Text.Of(command.Id), ["name"] = command.Name, ["type"] = command.Type };
        if (command.Guild is not null && channel.Guild is { } guild)
        {
            data["guild_id"] = Text.Of(guild.Id);
        }
        return data;
    }

    /// <summary>A slash command with its options.</summary>
    /// <exception cref="InvalidOperationException">The options do not fit the command's definition.</exception>
    public static JsonObject Slash(DiscordWorld world, SimCommand command, ReadOnlySpan<string> path, IReadOnlyDictionary<string, object> options, SimChannel channel)
    {
        JsonObject data = About(command, channel);
        (JsonObject at, JsonObject definition) = Innermost(command, path, data);
        var resolved = new JsonObject();
        at["options"] = Values(command, definition, options, channel, resolved);
        if (resolved.Count > 0)
        {
            data["resolved"] = resolved;
        }
        return data;
    }

    /// <summary>A slash command in whose option somebody types.</summary>
    /// <exception cref="InvalidOperationException">The command has no such option, or it offers no choices.</exception>
    public static JsonObject Typed(SimCommand command, ReadOnlySpan<string> path, string option, string typed, SimChannel channel)
    {
        JsonObject data = About(command, channel);
        (JsonObject at, JsonObject definition) = Innermost(command, path, data);
        JsonObject known = Options(definition).FirstOrDefault(o => (string?)o["name"] == option && (bool?)o["autocomplete"] == true)
            ?? throw new InvalidOperationException($"/{command.Name} has no option \"{option}\" that offers choices while one types.");
        at["options"] = new JsonArray(new JsonObject { ["name"] = option, ["type"] = known["type"]!.DeepClone(), ["value"] = typed, ["focused"] = true });
        return data;
    }

    /// <summary>A user and their member, as <c>resolved</c> holds them.</summary>
    public static JsonObject Resolved(SimUser user, SimChannel channel)
    {
        var json = new JsonObject { ["users"] = new JsonObject { [Text.Of(user.Id)] = UserJson.Of(user) } };
        if (channel.Guild?.Member(user.Id) is { } member)
        {
            JsonObject partial = UserJson.Of(member, withUser: false);
            partial["permissions"] = Text.Of(PermissionRules.Of(channel, user));
            json["members"] = new JsonObject { [Text.Of(user.Id)] = partial };
        }
        return json;
    }

    /// <summary>What comes back from a form.</summary>
    public static JsonObject Modal(JsonObject modal, IReadOnlyDictionary<string, string> fields)
    {
        var known = ComponentTree.Interactive((JsonArray)modal["components"]!).Select(c => (string)c["custom_id"]!).ToHashSet(StringComparer.Ordinal);
        if (fields.Keys.FirstOrDefault(k => !known.Contains(k)) is { } unknown)
        {
            throw new InvalidOperationException($"The form has no field \"{unknown}\"; it has: {string.Join(", ", known)}.");
        }
        var components = new JsonArray();
        foreach (JsonObject component in ((JsonArray)modal["components"]!).OfType<JsonObject>())
        {
            int type = (int?)component["type"] ?? 0;
            if (type == Label && component["component"] is JsonObject only)
            {
                components.Add(new JsonObject { ["type"] = type, ["id"] = components.Count, ["component"] = Field(only, fields) });
            }
            else if (component["components"] is JsonArray inner)
            {
                components.Add(new JsonObject { ["type"] = type, ["id"] = components.Count, ["components"] = Text.Array(inner.OfType<JsonObject>().Select(c => Field(c, fields))) });
            }
        }
        return new JsonObject { ["custom_id"] = modal["custom_id"]!.DeepClone(), ["components"] = components };
    }

    /// <summary>The level of the data, and of the definition, that has the options of a subcommand.</summary>
    private static (JsonObject At, JsonObject Definition) Innermost(SimCommand command, ReadOnlySpan<string> path, JsonObject data)
    {
        JsonObject at = data, definition = command.Json;
        foreach (string part in path)
        {
            definition = Options(definition).FirstOrDefault(o => (string?)o["name"] == part && (int?)o["type"] is Subcommand or Group)
                ?? throw new InvalidOperationException($"/{command.Name} has no subcommand \"{part}\".");
            var below = new JsonObject { ["name"] = part, ["type"] = definition["type"]!.DeepClone(), ["options"] = new JsonArray() };
            at["options"] = new JsonArray(below);
            at = below;
        }
        return (at, definition);
    }

    private static JsonObject Field(JsonObject component, IReadOnlyDictionary<string, string> fields)
    {
        string id = (string)component["custom_id"]!;
        string value = fields.GetValueOrDefault(id) ?? (string?)component["value"] ?? "";
        var json = new JsonObject { ["type"] = component["type"]!.DeepClone(), ["id"] = 1, ["custom_id"] = id };
        switch ((int?)component["type"])
        {
            case ComponentTree.TextInput:
            case 21:                                                            // radio group: one value or none
                json["value"] = value;
                break;
            case 23:                                                            // checkbox
                json["value"] = value is "true" or "yes" or "1";
                break;
            default:
                json["values"] = Text.Array(value.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(v => (JsonNode)v));
                break;
        }
        return json;
    }

    private static JsonArray Values(SimCommand command, JsonObject definition, IReadOnlyDictionary<string, object> options, SimChannel channel, JsonObject resolved)
    {
        var values = new JsonArray();
        JsonObject[] known = [.. Options(definition).Where(o => (int?)o["type"] is not (Subcommand or Group))];
        if (options.Keys.FirstOrDefault(k => !known.Any(o => (string?)o["name"] == k)) is { } unknown)
        {
            throw new InvalidOperationException($"/{command.Name} has no option \"{unknown}\"; it has: {string.Join(", ", known.Select(o => o["name"]))}.");
        }
        foreach (JsonObject option in known)
        {
            string name = (string)option["name"]!;
            if (options.TryGetValue(name, out object? value))
            {
                int type = (int)option["type"]!;
                values.Add(new JsonObject { ["name"] = name, ["type"] = type, ["value"] = Value(name, type, value, channel, resolved) });
            }
            else if ((bool?)option["required"] == true)
            {
                throw new InvalidOperationException($"/{command.Name} needs the option \"{name}\".");
            }
        }
        return values;
    }

    private static JsonNode Value(string name, int type, object value, SimChannel channel, JsonObject resolved) => (type, value) switch
    {
        (3, string text) => text,
        (4, int or long) => Convert.ToInt64(value, System.Globalization.CultureInfo.InvariantCulture),
        (10, int or long or float or double) => Convert.ToDouble(value, System.Globalization.CultureInfo.InvariantCulture),
        (5, bool flag) => flag,
        (6 or 9, SimUser user) => Refer(resolved, Resolved(user, channel), user.Id),
        (7, SimChannel other) => Refer(resolved, new JsonObject { ["channels"] = new JsonObject { [Text.Of(other.Id)] = ChannelJson.Partial(other, SimPermissions.None) } }, other.Id),
        (8 or 9, SimRole role) => Refer(resolved, new JsonObject { ["roles"] = new JsonObject { [Text.Of(role.Id)] = GuildJson.Role(role) } }, role.Id),
        _ => throw new InvalidOperationException($"The option \"{name}\" is of Discord's type {type}, which a {value.GetType().Name} is not."),
    };

    private static JsonNode Refer(JsonObject resolved, JsonObject found, ulong id)
    {
        foreach ((string kind, JsonNode? entries) in found)
        {
            JsonObject into = resolved[kind] as JsonObject ?? [];
            resolved[kind] ??= into;
            foreach ((string key, JsonNode? entry) in (JsonObject)entries!)
            {
                into[key] = entry!.DeepClone();
            }
        }
        return Text.Of(id);
    }

    private static IEnumerable<JsonObject> Options(JsonObject definition) => (definition["options"] as JsonArray ?? []).OfType<JsonObject>();
}
