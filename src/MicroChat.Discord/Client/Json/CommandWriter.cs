using System.Globalization;
using System.Text.Json;
using MicroChat.Discord.Port;

namespace MicroChat.Discord.Client.Json;

/// <summary>Writes the list of commands of an application.</summary>
internal static class CommandWriter
{
    private const int GuildInstall = 0, InGuild = 0, InBotDirect = 1;

    /// <param name="json">Takes an array.</param>
    /// <param name="commands">What to write.</param>
    /// <param name="everywhere">Global commands also say in which places they show.</param>
    public static void Commands(Utf8JsonWriter json, IReadOnlyList<DiscordCommand> commands, bool everywhere)
    {
        json.WriteStartArray();
        foreach (DiscordCommand command in commands)
        {
            json.WriteStartObject();
            json.WriteNumber("type", (int)command.Kind);
            json.WriteString("name", command.Name);
            if (command.Kind == CommandKind.Slash)
            {
                json.WriteString("description", command.Description);
                Options(json, command.Options);
            }
            if (command.NeededPermissions is { } needed)
            {
                json.WriteString("default_member_permissions", ((ulong)needed).ToString(CultureInfo.InvariantCulture));
            }
            if (everywhere)
            {
                Numbers(json, "integration_types", [GuildInstall]);
                Numbers(json, "contexts", command.InDirectMessages ? [InGuild, InBotDirect] : [InGuild]);
            }
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    /// <summary>What is suggested to somebody who types.</summary>
    public static void Suggestions(Utf8JsonWriter json, CommandOptionKind kind, IReadOnlyList<CommandChoice> choices)
    {
        json.WriteStartObject();
        Choices(json, kind, choices);
        json.WriteEndObject();
    }

    private static void Choices(Utf8JsonWriter json, CommandOptionKind kind, IReadOnlyList<CommandChoice> choices)
    {
        json.WriteStartArray("choices");
        foreach (CommandChoice choice in choices)
        {
            json.WriteStartObject();
            json.WriteString("name", choice.Name);
            json.WritePropertyName("value");
            if (kind is CommandOptionKind.Whole or CommandOptionKind.Number)
            {
                json.WriteNumberValue(decimal.Parse(choice.Value, NumberStyles.Float, CultureInfo.InvariantCulture));
            }
            else
            {
                json.WriteStringValue(choice.Value);
            }
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private static void Options(Utf8JsonWriter json, IReadOnlyList<CommandOption> options)
    {
        if (options.Count == 0)
        {
            return;
        }
        json.WriteStartArray("options");
        foreach (CommandOption option in options)
        {
            Option(json, option);
        }
        json.WriteEndArray();
    }

    private static void Option(Utf8JsonWriter json, CommandOption option)
    {
        json.WriteStartObject();
        json.WriteNumber("type", (int)option.Kind);
        json.WriteString("name", option.Name);
        json.WriteString("description", option.Description);
        if (option.Kind is not CommandOptionKind.Subcommand and not CommandOptionKind.SubcommandGroup)
        {
            json.WriteBoolean("required", option.Required);
        }
        if (option.Choices.Count > 0)
        {
            Choices(json, option.Kind, option.Choices);
        }
        if (option.Suggests)
        {
            json.WriteBoolean("autocomplete", true);
        }
        if (option.Least is { } least)
        {
            json.WriteNumber("min_value", least);
        }
        if (option.Greatest is { } greatest)
        {
            json.WriteNumber("max_value", greatest);
        }
        if (option.LongestText is { } longest)
        {
            json.WriteNumber("max_length", longest);
        }
        Options(json, option.Options);
        json.WriteEndObject();
    }

    private static void Numbers(Utf8JsonWriter json, string name, IEnumerable<int> numbers)
    {
        json.WriteStartArray(name);
        foreach (int number in numbers)
        {
            json.WriteNumberValue(number);
        }
        json.WriteEndArray();
    }
}
