using System.Text.Json;
using MicroChat.Discord.Port;

namespace MicroChat.Discord.Client.Json;

/// <summary>Writes buttons, selects and forms.</summary>
/// <remarks>Source of the numbers: Discord API, components/reference.</remarks>
internal static class ComponentWriter
{
    private const int Row = 1, Button = 2, Select = 3, TextInput = 4, LabelBox = 18, LinkStyle = 5;

    public static void Rows(Utf8JsonWriter json, IReadOnlyList<ComponentRow> rows)
    {
        json.WriteStartArray("components");
        foreach (ComponentRow row in rows)
        {
            json.WriteStartObject();
            json.WriteNumber("type", Row);
            json.WriteStartArray("components");
            foreach (DiscordComponent item in row.Items)
            {
                Item(json, item);
            }
            json.WriteEndArray();
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    public static void Modal(Utf8JsonWriter json, DiscordModal modal)
    {
        json.WriteStartObject();
        json.WriteString("custom_id", modal.CustomId);
        json.WriteString("title", modal.Title);
        json.WriteStartArray("components");
        foreach (ModalField field in modal.Fields)
        {
            json.WriteStartObject();
            json.WriteNumber("type", LabelBox);
            json.WriteString("label", field.Label);
            json.WritePropertyName("component");
            Field(json, field);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }

    public static void Emoji(Utf8JsonWriter json, DiscordEmoji emoji)
    {
        json.WriteStartObject("emoji");
        if (emoji.Id is { } id)
        {
            json.WriteString("id", id.ToString());
        }
        json.WriteString("name", emoji.Name);
        json.WriteEndObject();
    }

    private static void Item(Utf8JsonWriter json, DiscordComponent item)
    {
        json.WriteStartObject();
        switch (item)
        {
            case DiscordButton button:
                json.WriteNumber("type", Button);
                json.WriteNumber("style", (int)button.Style);
                json.WriteString("custom_id", button.CustomId);
                Optional(json, "label", button.Label);
                if (button.Emoji is { } emoji)
                {
                    Emoji(json, emoji);
                }
                json.WriteBoolean("disabled", button.Disabled);
                break;
            case LinkButton link:
                json.WriteNumber("type", Button);
                json.WriteNumber("style", LinkStyle);
                json.WriteString("url", link.Address.AbsoluteUri);
                json.WriteString("label", link.Label);
                break;
            case DiscordSelect select:
                Choices(json, select.CustomId, select.Choices, select.Least, select.Most);
                Optional(json, "placeholder", select.Placeholder);
                break;
            default:
                throw new ArgumentException($"A component is a {item.GetType().Name}; it must be a button, link or select.", nameof(item));
        }
        json.WriteEndObject();
    }

    private static void Field(Utf8JsonWriter json, ModalField field)
    {
        json.WriteStartObject();
        switch (field)
        {
            case TextField text:
                json.WriteNumber("type", TextInput);
                json.WriteString("custom_id", text.CustomId);
                json.WriteNumber("style", text.Long ? 2 : 1);
                json.WriteNumber("max_length", text.LongestText);
                Optional(json, "value", text.Value);
                break;
            case ChoiceField choice:
                Choices(json, choice.CustomId, choice.Choices, choice.Required ? 1 : 0, 1);
                break;
            default:
                throw new ArgumentException($"A field is a {field.GetType().Name}; it must be a text or a choice.", nameof(field));
        }
        json.WriteBoolean("required", field.Required);
        json.WriteEndObject();
    }

    private static void Choices(Utf8JsonWriter json, string customId, IReadOnlyList<SelectChoice> choices, int least, int most)
    {
        json.WriteNumber("type", Select);
        json.WriteString("custom_id", customId);
        json.WriteStartArray("options");
        foreach (SelectChoice choice in choices)
        {
            json.WriteStartObject();
            json.WriteString("label", choice.Label);
            json.WriteString("value", choice.Value);
            json.WriteBoolean("default", choice.Chosen);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteNumber("min_values", least);
        json.WriteNumber("max_values", most);
    }

    private static void Optional(Utf8JsonWriter json, string name, string? value)
    {
        if (value is not null)
        {
            json.WriteString(name, value);
        }
    }
}
