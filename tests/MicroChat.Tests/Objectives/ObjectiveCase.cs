using System.Globalization;
using System.Text.Json;

namespace MicroChat.Tests.Objectives;

/// <summary>A case of the folder "objectives": options, inputs and what the reference makes of them. (B,T) arrays become rows end to end.</summary>
internal sealed class ObjectiveCase
{
    private readonly JsonElement _case;

    private ObjectiveCase(JsonElement found) => _case = found;

    public string Id => _case.GetProperty("id").GetString()!;

    public JsonElement Inputs => _case.GetProperty("inputs");

    public JsonElement Expected => _case.GetProperty("expected");

    /// <summary>File and id of every case in every file of this name.</summary>
    public static TheoryData<string, string> Of(string objective)
    {
        var data = new TheoryData<string, string>();
        foreach (string file in Golden.Files($"objectives/{objective}.json"))
        {
            foreach (JsonElement c in Cases(file))
            {
                data.Add(file, c.GetProperty("id").GetString()!);
            }
        }
        return data;
    }

    public static ObjectiveCase Read(string file, string id) => new(Cases(file).Single(c => c.GetProperty("id").GetString() == id));

    public double Option(string name, double otherwise) => Has(name) ? Number(Options.GetProperty(name)) : otherwise;

    public double? OptionOrNull(string name) => Has(name) ? Number(Options.GetProperty(name)) : null;

    public string? OptionText(string name) => Has(name) ? Options.GetProperty(name).GetString() : null;

    public bool Has(string option) => Options.ValueKind == JsonValueKind.Object && Options.TryGetProperty(option, out JsonElement value) && value.ValueKind != JsonValueKind.Null;

    public JsonElement Options => _case.TryGetProperty("options", out JsonElement options) ? options : default;

    /// <summary>An input, flat; empty when the case has none of this name.</summary>
    public double[] Input(string name) => Inputs.TryGetProperty(name, out JsonElement value) ? Flat(value) : [];

    public bool[] Flags(string name) => Array.ConvertAll(Input(name), x => x != 0);

    public int[] Ints(string name) => Array.ConvertAll(Input(name), x => (int)x);

    /// <summary>Borders of the rows of a (B,T) input.</summary>
    public int[] RowStarts(string name)
    {
        int rows = Inputs.GetProperty(name).GetArrayLength(), width = Input(name).Length / rows;
        return [.. Enumerable.Range(0, rows + 1).Select(b => b * width)];
    }

    public double[] Wanted(string name) => Flat(Expected.GetProperty(name));

    /// <summary>One number or many, each within 1e-10 of the reference.</summary>
    public void AssertEqual(string name, params ReadOnlySpan<double> found) => Close.All(Wanted(name), found, 1e-10, $"{Id} {name}");

    public static double[] Flat(JsonElement value) =>
        value.ValueKind == JsonValueKind.Array ? [.. value.EnumerateArray().SelectMany(Flat)] : [Number(value)];

    public static double Number(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => double.Parse(value.GetString()!, CultureInfo.InvariantCulture),
        JsonValueKind.True => 1,
        JsonValueKind.False => 0,
        _ => value.GetDouble(),
    };

    private static IEnumerable<JsonElement> Cases(string file) =>
        JsonDocument.Parse(File.ReadAllText(file)).RootElement.GetProperty("cases").EnumerateArray();
}
