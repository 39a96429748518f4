using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using MicroChat.Discord.Simulator.Json;
using MicroChat.Discord.Simulator.World;

namespace MicroChat.Discord.Simulator.Rest;

/// <summary>Registers commands, for all guilds and for one.</summary>
internal static partial class CommandRoutes
{
    private const int MostSlash = 100;
    private const int MostMenu = 15;
    private const int MostOptions = 25;
    private const int LongestTotal = 8_000;

    public static IEnumerable<Route> All => [.. Under("/applications/{application}"), .. Under("/applications/{application}/guilds/{guild}")];

    private static IEnumerable<Route> Under(string start) =>
    [
        new("GET", start + "/commands", call => Answer.Ok(Text.Array(call.World.Commands.Of(Scope(call)).Select(c => c.Json.DeepClone())))),
        new("POST", start + "/commands", Put),
        new("PUT", start + "/commands", Replace),
        new("GET", start + "/commands/{command}", call => Answer.Ok(Find(call).Json.DeepClone())),
        new("PATCH", start + "/commands/{command}", Change),
        new("DELETE", start + "/commands/{command}", Remove),
    ];

    private static Answer Put(Call call)
    {
        SimGuild? guild = Scope(call);
        Check(call.Body, 0, out _);
        call.Body.Errors.ThrowIfAny();
        (SimCommand command, bool isNew) = call.World.Commands.Put(guild, call.Body.Raw());
        JsonNode json = command.Json.DeepClone();
        return isNew ? Answer.Created(json) : Answer.Ok(json);
    }

    private static Answer Replace(Call call)
    {
        SimGuild? guild = Scope(call);
        if (call.List is not { } list)
        {
            throw DiscordFault.Invalid("", "LIST_TYPE_CONVERT", "Only iterables may be used in a ListType");
        }
        var seen = new HashSet<(long, string)>();
        int[] counts = new int[4];
        foreach (Form form in list)
        {
            long type = Check(form, 0, out string name);
            counts[type]++;
            if (!seen.Add((type, name)))
            {
                form.Wrong<string>("name", "APPLICATION_COMMANDS_DUPLICATE_NAME", "Application command names must be unique");
            }
        }
        call.Body.Errors.ThrowIfAny();
        if (counts[1] > MostSlash || counts[2] > MostMenu || counts[3] > MostMenu)
        {
            throw new DiscordFault(400, 30032, $"Maximum number of application commands reached ({MostSlash}).");
        }
        return Answer.Ok(Text.Array(call.World.Commands.Replace(guild, [.. list.Select(f => f.Raw())]).Select(c => c.Json.DeepClone())));
    }

    private static Answer Change(Call call)
    {
        SimCommand command = Find(call);
        var merged = (JsonObject)command.Json.DeepClone();
        foreach ((string key, JsonNode? value) in call.Body.Raw())
        {
            merged[key] = value?.DeepClone();
        }
        merged["name"] = command.Name;
        merged["type"] = command.Type;
        using var json = System.Text.Json.JsonDocument.Parse(merged.ToJsonString());
        var form = new Form(json.RootElement, "", call.Body.Errors);
        Check(form, 0, out _);
        form.Errors.ThrowIfAny();
        return Answer.Ok(call.World.Commands.Put(command.Guild, merged).Command.Json.DeepClone());
    }

    private static Answer Remove(Call call)
    {
        call.World.Commands.Remove(Find(call));
        return Answer.NoContent;
    }

    private static SimCommand Find(Call call) => call.World.Commands.Find(Scope(call), call.Id("command")) ?? throw DiscordFault.UnknownCommand;

    private static SimGuild? Scope(Call call)
    {
        if (call.Id("application") != call.Bot.Id)
        {
            throw new DiscordFault(403, 20012, "You are not authorized to perform this action on this application");
        }
        return !call.Values.ContainsKey("guild") ? null : call.World.FindGuild(call.Id("guild")) ?? throw DiscordFault.MissingAccess;
    }

    /// <summary>Notes what is wrong with a command and returns its type, from 1 to 3.</summary>
    private static long Check(Form command, int at, out string name)
    {
        long type = command.Integer("type", 1, 3) ?? 1;
        name = command.Text("name", 32, 1, required: true) ?? "";
        if (type == 1)
        {
            CheckName(command, name);
            command.Text("description", 100, 1, required: true);
        }
        else if (command.Text("description", 100) is { Length: > 0 })
        {
            command.Wrong<string>("description", "APPLICATION_COMMAND_CONTEXT_MENU_DESCRIPTION", "Context menu commands cannot have description");
        }
        CheckOptions(command, at);
        if (command.Raw().ToJsonString().Length > LongestTotal * 2)
        {
            command.Wrong<string>("name", "APPLICATION_COMMAND_TOO_LARGE", "Command exceeds maximum size (8000)");
        }
        return type;
    }

    private static void CheckOptions(Form holder, int depth)
    {
        IReadOnlyList<Form> options = holder.Objects("options", MostOptions);
        bool optionalSeen = false;
        foreach (Form option in options)
        {
            long type = option.Integer("type", 1, 11, required: true) ?? 0;
            CheckName(option, option.Text("name", 32, 1, required: true) ?? "");
            option.Text("description", 100, 1, required: true);
            bool required = option.Flag("required") ?? false;
            if (required && optionalSeen)
            {
                option.Wrong<string>("required", "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID", "Required options must be placed before non-required options");
            }
            optionalSeen |= !required;
            foreach (Form choice in option.Objects("choices", MostOptions))
            {
                choice.Text("name", 100, 1, required: true);
                choice.Text("value", 100, 0, required: true);
            }
            if (type is 1 or 2 && depth < 2)
            {
                CheckOptions(option, depth + 1);
            }
        }
    }

    private static void CheckName(Form holder, string name)
    {
        if (name.Length > 0 && (!NamePattern().IsMatch(name) || name.Any(char.IsUpper)))
        {
            holder.Wrong<string>("name", "APPLICATION_COMMAND_INVALID_NAME", "Command name is invalid");
        }
    }

    [GeneratedRegex(@"^[-_'\p{L}\p{N}]{1,32}$")]
    private static partial Regex NamePattern();
}
