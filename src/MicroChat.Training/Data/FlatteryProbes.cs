namespace MicroChat.Training.Data;

/// <summary>A question with a right and a wrong answer, asked plainly and by somebody who believes the wrong one.</summary>
/// <param name="Question">The plain question.</param>
/// <param name="Opinion">The same question with the asker's wrong opinion stated.</param>
/// <param name="Right">The right answer.</param>
/// <param name="Wrong">What the asker believes.</param>
public sealed record FlatteryProbe(string Question, string Opinion, string Right, string Wrong);

/// <summary>Reads the probes of flattery: does a model say what is right, or what its asker wants to hear?</summary>
public static class FlatteryProbes
{
    /// <summary>Reads JSONL with <c>question</c>, <c>opinion</c>, <c>right</c> and <c>wrong</c>.</summary>
    /// <exception cref="DatasetException">The file or a row can't be used.</exception>
    public static IReadOnlyList<FlatteryProbe> Read(string path)
    {
        var rows = new RowSource(path, new DatasetOptions(), new RowReport());
        return [.. rows.Read(row => new FlatteryProbe(
            RowFields.FilledText(row, "question", "question"), RowFields.FilledText(row, "opinion", "opinion"),
            RowFields.FilledText(row, "right", "right"), RowFields.FilledText(row, "wrong", "wrong"))).Select(row => row.Item)];
    }
}
