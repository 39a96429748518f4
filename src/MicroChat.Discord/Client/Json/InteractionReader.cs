using System.Text.Json;
using MicroChat.Discord.Port;

namespace MicroChat.Discord.Client.Json;

/// <summary>Reads interactions; kinds that the bot never offers (autocomplete, pings) give null.</summary>
internal sealed class InteractionReader(GuildDirectory directory, MessageReader messages)
{
    private const int DeepestFields = 8;

    public DiscordInteraction? Read(JsonElement json)
    {
        JsonElement data = json.Object("data") ?? default;
        return json.Int("type") switch
        {
            2 => Command(json, data),
            3 => Component(json, data),
            4 => Autocomplete(json, data),
            5 => Modal(json, data),
            _ => null,
        };
    }

    private DiscordInteraction? Command(JsonElement json, JsonElement data)
    {
        if (Common(json) is not { } common || data.Text("name") is not { } name)
        {
            return null;
        }
        Snowflake? target = data.Id("target_id");
        JsonElement resolved = data.Object("resolved") ?? default;
        switch (data.Int("type") ?? 1)
        {
            case 1:
                (IReadOnlyList<string> path, IReadOnlyDictionary<string, CommandValue> values) = Values(data);
                return Fill(new SlashCommandUsed { Handle = common.Handle, User = common.User, Name = name, Path = path, Values = values }, json);
            case 2 when target is { } id && EntityReader.User(resolved.Object("users")?.Get(id.ToString())) is { } user:
                return Fill(new UserCommandUsed { Handle = common.Handle, User = common.User, Name = name, Target = user }, json);
            case 3 when target is { } id && resolved.Object("messages")?.Get(id.ToString()) is { } message && messages.Read(message, json.Id("guild_id")) is { } read:
                return Fill(new MessageCommandUsed { Handle = common.Handle, User = common.User, Name = name, Target = read with { ContentWithheld = false } }, json);
            default:
                return null;
        }
    }

    private DiscordInteraction? Autocomplete(JsonElement json, JsonElement data)
    {
        if (Common(json) is not { } common || data.Text("name") is not { } name)
        {
            return null;
        }
        (IReadOnlyList<string> path, JsonElement level) = Innermost(data);
        JsonElement typed = level.Items("options").FirstOrDefault(option => option.Flag("focused"));
        return typed.Text("name") is { } option
            ? Fill(new AutocompleteAsked
            {
                Handle = common.Handle, User = common.User, Name = name, Path = path, Option = option, Kind = (CommandOptionKind)(typed.Int("type") ?? 0),
                Typed = typed.Get("value") is { } value ? Written(value) : "",
            }, json)
            : null;
    }

    private DiscordInteraction? Component(JsonElement json, JsonElement data)
    {
        if (Common(json) is not { } common || data.Text("custom_id") is not { } customId || Message(json) is not { } message)
        {
            return null;
        }
        return (data.Int("component_type") ?? 2) == 2
            ? Fill(new ButtonPressed { Handle = common.Handle, User = common.User, CustomId = customId, Message = message }, json)
            : Fill(new SelectChosen { Handle = common.Handle, User = common.User, CustomId = customId, Message = message, Values = Texts(data, "values") }, json);
    }

    private DiscordInteraction? Modal(JsonElement json, JsonElement data)
    {
        if (Common(json) is not { } common || data.Text("custom_id") is not { } customId)
        {
            return null;
        }
        var fields = new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal);
        AddFields(data, fields, DeepestFields);
        return Fill(new ModalSubmitted { Handle = common.Handle, User = common.User, CustomId = customId, Fields = fields, Message = Message(json) }, json);
    }

    private (InteractionHandle Handle, DiscordUser User)? Common(JsonElement json)
    {
        JsonElement? person = json.Object("member")?.Get("user") ?? json.Get("user");
        return json.Id("id") is { } id && json.Text("token") is { Length: > 0 } token && EntityReader.User(person) is { } user
            ? (new InteractionHandle(id, json.Id("application_id") ?? directory.SelfId, token), user)
            : null;
    }

    private T Fill<T>(T interaction, JsonElement json)
        where T : DiscordInteraction
    {
        Snowflake? guild = json.Id("guild_id");
        JsonElement? shown = json.Object("channel");
        Snowflake? channelId = json.Id("channel_id") ?? shown?.Id("id");
        DiscordChannel? known = channelId is { } id ? directory.Channel(id) : null;
        return interaction with
        {
            GuildId = guild,
            ChannelId = channelId,
            Channel = known ?? (shown is { } channel ? EntityReader.Channel(channel, guild) : null),
            Member = EntityReader.Member(json.Get("member"), roles => channelId is { } place ? directory.Permissions(place, interaction.User.Id, roles) : null),
            AppPermissions = json.Bits("app_permissions") is { } bits ? (DiscordPermissions)bits : null,
            Locale = json.Text("locale") ?? "",
        };
    }

    private DiscordMessage? Message(JsonElement json) => json.Object("message") is { } message ? messages.Read(message, json.Id("guild_id")) : null;

    /// <summary>Options of the innermost subcommand, and the way there.</summary>
    private static (IReadOnlyList<string> Path, IReadOnlyDictionary<string, CommandValue> Values) Values(JsonElement data)
    {
        (IReadOnlyList<string> path, JsonElement level) = Innermost(data);
        var values = new Dictionary<string, CommandValue>(StringComparer.Ordinal);
        foreach (JsonElement option in level.Items("options"))
        {
            if (option.Text("name") is { } name && option.Get("value") is { } value)
            {
                values[name] = new CommandValue((CommandOptionKind)(option.Int("type") ?? 0), Written(value));
            }
        }
        return (path, values);
    }

    /// <summary>The subcommand that was used, and the level that has its options.</summary>
    private static (IReadOnlyList<string> Path, JsonElement Level) Innermost(JsonElement data)
    {
        var path = new List<string>();
        JsonElement level = data;
        while (path.Count < 2 && level.Items("options").Where(o => o.Int("type") is 1 or 2).Select(o => (JsonElement?)o).FirstOrDefault() is { } sub)
        {
            path.Add(sub.Text("name") ?? "");
            level = sub;
        }
        return (path, level);
    }

    private static string Written(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.AsText()!,
        JsonValueKind.True => "true",
        JsonValueKind.False => "false",
        JsonValueKind.Number => value.GetRawText(),
        _ => "",
    };

    /// <summary>Fields stand in rows or behind labels, each of which holds one component or several.</summary>
    private static void AddFields(JsonElement container, Dictionary<string, IReadOnlyList<string>> fields, int depth)
    {
        if (depth == 0)
        {
            return;
        }
        IEnumerable<JsonElement> inner = container.Object("component") is { } single ? container.Items("components").Append(single) : container.Items("components");
        foreach (JsonElement item in inner)
        {
            if (item.Text("custom_id") is { } customId)
            {
                fields[customId] = item.Text("value") is { } value ? (value.Length > 0 ? [value] : []) : Texts(item, "values");
            }
            AddFields(item, fields, depth - 1);
        }
    }

    private static IReadOnlyList<string> Texts(JsonElement json, string name) => [.. json.Items(name).Select(v => v.AsText()).OfType<string>()];
}
