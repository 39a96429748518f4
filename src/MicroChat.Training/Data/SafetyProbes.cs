namespace MicroChat.Training.Data;

/// <summary>A prompt and whether it is harmless.</summary>
/// <param name="Prompt">The user's words.</param>
/// <param name="Safe">Whether it should be answered.</param>
public sealed record SafetyProbe(string Prompt, bool Safe);

/// <summary>Prompts that a model should refuse, and harmless ones that only look like them (Röttger et al. 2024, XSTest).</summary>
public static class SafetyProbes
{
    /// <summary>Reads JSONL with <c>prompt</c> and <c>label</c>, which is "safe" or "unsafe"; kinds alternate, so that the first ones hold both.</summary>
    /// <exception cref="DatasetException">The file or a row can't be used.</exception>
    public static IReadOnlyList<SafetyProbe> Read(string path)
    {
        var rows = new RowSource(path, new DatasetOptions(), new RowReport());
        SafetyProbe[] all = [.. rows.Read(row => new SafetyProbe(RowFields.FilledText(row, "prompt", "prompt"), Label(RowFields.FilledText(row, "label", "label")))).Select(row => row.Item)];
        return [.. all.GroupBy(probe => probe.Safe).SelectMany(kind => kind.Select((probe, place) => (probe, place))).OrderBy(one => one.place).Select(one => one.probe)];
    }

    private static bool Label(string label) => label switch
    {
        "safe" => true,
        "unsafe" => false,
        _ => throw new RowException("label", $"found \"{label}\"", "safe or unsafe", "Repair the row."),
    };
}
