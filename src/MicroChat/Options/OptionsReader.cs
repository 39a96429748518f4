using System.Globalization;

namespace MicroChat.Options;

/// <summary>Turns what was set into options, or into the list of everything that is wrong.</summary>
internal static class OptionsReader
{
    /// <summary>Options of the program's surroundings: the file, the environment, and what the command line adds.</summary>
    /// <param name="file">File that was asked for; null: appsettings.json beside the program or above it, if there is one.</param>
    /// <param name="commandLine">Settings of the command line.</param>
    /// <param name="faults">Faults found before; they are reported with the others.</param>
    /// <exception cref="OptionsException">At least one option is wrong; the exception lists all.</exception>
    public static AppOptions Read(ProgramContext program, string? file, IEnumerable<OptionSetting> commandLine, List<string> faults)
    {
        string? path = file ?? CheckoutFolder.Find(program.BaseFolder, OptionSources.FileName);
        IEnumerable<IEnumerable<OptionSetting>> layers =
        [
            path is null ? [] : OptionSources.File(path, faults),
            OptionSources.Variables(program.VariableNames(), program.Variable),
            commandLine,
        ];
        AppOptions options = Bind(layers, faults);
        faults.AddRange(OptionsRules.Faults(options));
        return faults.Count == 0 ? options : throw new OptionsException(faults);
    }

    /// <summary>Defaults with the layers put over them; later layers win; a list is replaced as a whole, a map name by name.</summary>
    internal static AppOptions Bind(IEnumerable<IEnumerable<OptionSetting>> layers, List<string> faults)
    {
        var options = new AppOptions();
        foreach (IEnumerable<OptionSetting> layer in layers)
        {
            var lists = new Dictionary<OptionField, SortedList<int, string>>();
            foreach (OptionSetting setting in layer)
            {
                Apply(setting, options, lists, faults);
            }
            foreach ((OptionField field, SortedList<int, string> items) in lists)
            {
                field.Set(options, items.Values.ToArray());
            }
        }
        return options;
    }

    private static void Apply(
        OptionSetting setting, AppOptions options, Dictionary<OptionField, SortedList<int, string>> lists, List<string> faults)
    {
        if (Find(setting.Key) is { } field)
        {
            if (field.TryParse(setting.Value, out object value))
            {
                field.Set(options, value);
            }
            else
            {
                faults.Add($"{field.Key} is {field.Quote(setting.Value)} ({setting.Origin}); it must be {field.Wish}. The default is {field.Show(new AppOptions())}.");
            }
            return;
        }
        int colon = setting.Key.LastIndexOf(':');
        if (colon > 0 && Find(setting.Key[..colon]) is { IsList: true } list
            && int.TryParse(setting.Key.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int index))
        {
            if (!lists.TryGetValue(list, out SortedList<int, string>? items))
            {
                lists.Add(list, items = []);
            }
            items[index] = setting.Value;
            return;
        }
        if (colon > 0 && Find(setting.Key[..colon]) is { IsMap: true } map)
        {
            var before = (IReadOnlyDictionary<string, string>)map.Value(options)!;
            map.Set(options, new Dictionary<string, string>(before) { [setting.Key[(colon + 1)..]] = setting.Value });
            return;
        }
        string suggestion = Suggestion.For(setting.Key, OptionField.All.Select(f => f.Key));
        faults.Add($"There is no option {setting.Key} ({setting.Origin}).{(suggestion.Length > 0 ? suggestion : " Remove it.")}");
    }

    private static OptionField? Find(string key) => OptionField.All.FirstOrDefault(f => f.Key.Equals(key, StringComparison.OrdinalIgnoreCase));
}
