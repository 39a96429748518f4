using System.Text.Json.Nodes;
using MicroChat.Discord.Simulator.World;

namespace MicroChat.Discord.Simulator.Rest;

/// <summary>The rules of buttons, menus, rows and forms.</summary>
internal static class ComponentForm
{
    private const int MostRows = 5;
    private const int MostV2 = 40;
    private const int MostInRow = 5;
    private const int LongestId = 100;
    private const int LongestLabel = 80;
    private const int Deepest = 6;
    private const int Label = 18;

    /// <summary>The components of a message.</summary>
    /// <param name="flags">The message's flags: with version 2 there may be more kinds at the top.</param>
    public static JsonArray Read(Form message, int flags)
    {
        bool second = (flags & MessageFlags.ComponentsV2) != 0;
        IReadOnlyList<Form> top = message.Objects("components", second ? MostV2 : MostRows);
        var used = new HashSet<string>(StringComparer.Ordinal);
        foreach (Form component in top)
        {
            if (component.Integer("type", 1, 30, required: true) is { } type && type != ComponentTree.ActionRow && !second)
            {
                component.Wrong<string>("type", "UNION_TYPE_CHOICES", "Value of field \"type\" must be one of (1,).");
            }
            Check(component, used, 0);
        }
        var components = new JsonArray([.. top.Select(c => (JsonNode)c.Raw())]);
        if (ComponentTree.All(components).Count() > (second ? MostV2 : MostRows * (MostInRow + 1)))
        {
            message.Wrong<string>("components", "BASE_TYPE_MAX_LENGTH", "There are too many components.");
        }
        return components;
    }

    /// <summary>A form that an interaction opens.</summary>
    public static JsonObject Modal(Form modal)
    {
        modal.Text("custom_id", LongestId, 1, required: true);
        modal.Text("title", 45, 1, required: true);
        IReadOnlyList<Form> top = modal.Objects("components", 5);
        var used = new HashSet<string>(StringComparer.Ordinal);
        if (top.Count == 0)
        {
            modal.Wrong<string>("components", "BASE_TYPE_REQUIRED", "This field is required");
        }
        foreach (Form component in top)
        {
            if (component.Integer("type", 1, 30, required: true) is { } type && type is not (ComponentTree.ActionRow or Label or 10))
            {
                component.Wrong<string>("type", "UNION_TYPE_CHOICES", "Value of field \"type\" must be one of (1, 10, 18).");
            }
            Check(component, used, 0);
        }
        return modal.Raw();
    }

    private static void Check(Form component, HashSet<string> used, int depth)
    {
        long type = component.Integer("type", 1, 30, required: true) ?? 0;
        if (component.Text("custom_id", LongestId, 1, required: NeedsId(component, type)) is { } id && !used.Add(id))
        {
            component.Wrong<string>("custom_id", "COMPONENT_CUSTOM_ID_DUPLICATED", "Component custom id cannot be duplicated");
        }
        switch (type)
        {
            case ComponentTree.Button:
                CheckButton(component);
                break;
            case ComponentTree.StringSelect:
                CheckMenu(component);
                break;
            case ComponentTree.TextInput:
                component.Integer("style", 1, 2, required: true);
                component.Text("label", 45, 1);
                component.Text("placeholder", 100);
                component.Text("value", 4000);
                break;
            case Label:
                component.Text("label", 45, 1, required: true);
                break;
            default:
                break;
        }
        CheckBelow(component, used, type, depth);
    }

    private static void CheckBelow(Form component, HashSet<string> used, long type, int depth)
    {
        if (depth == Deepest)
        {
            component.Wrong<string>("components", "BASE_TYPE_BAD_TYPE", "Components are nested too deep.");
            return;
        }
        IReadOnlyList<Form> inner = component.Objects("components", type == ComponentTree.ActionRow ? MostInRow : MostV2);
        if (type == ComponentTree.ActionRow && inner.Count == 0)
        {
            component.Wrong<string>("components", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 5 in length.");
        }
        foreach (Form below in inner)
        {
            Check(below, used, depth + 1);
        }
        foreach (string name in (string[])["component", "accessory"])
        {
            if (component.Object(name) is { } below)
            {
                Check(below, used, depth + 1);
            }
        }
    }

    private static bool NeedsId(Form component, long type) =>
        type is >= ComponentTree.StringSelect and <= 8 || (type == ComponentTree.Button && component.Integer("style", 1, 6) is not (5 or 6));

    private static void CheckButton(Form button)
    {
        long style = button.Integer("style", 1, 6, required: true) ?? 0;
        string? label = button.Text("label", LongestLabel);
        button.Flag("disabled");
        if (style == ComponentTree.LinkButton)
        {
            button.Text("url", 512, 1, required: true);
        }
        if (string.IsNullOrEmpty(label) && button.Object("emoji") is null && style != 6)
        {
            button.Wrong<string>("label", "BUTTON_COMPONENT_LABEL_OR_EMOJI_REQUIRED", "A button must have a label or an emoji.");
        }
    }

    private static void CheckMenu(Form menu)
    {
        IReadOnlyList<Form> options = menu.Objects("options", 25);
        menu.Text("placeholder", 150);
        menu.Integer("min_values", 0, 25);
        menu.Integer("max_values", 1, 25);
        if (options.Count == 0)
        {
            menu.Wrong<string>("options", "BASE_TYPE_REQUIRED", "This field is required");
        }
        foreach (Form option in options)
        {
            option.Text("label", 100, 1, required: true);
            option.Text("value", 100, 1, required: true);
            option.Text("description", 100);
        }
    }
}
