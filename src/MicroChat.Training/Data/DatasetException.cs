using System.Globalization;
using System.Text;

namespace MicroChat.Training.Data;

/// <summary>A data file or one of its rows can't be used; the message names file, line, field, the value found, the value wanted and the remedy.</summary>
public sealed class DatasetException : Exception
{
    private const int ShownCharacters = 80;

    private DatasetException(string message, long? line, string? field, Exception? inner) : base(message, inner)
    {
        Line = line;
        Field = field;
    }

    /// <summary>Line in the file, from 1; null: the file as a whole is meant.</summary>
    public long? Line { get; }

    /// <summary>Field of the row, as in "messages[2].content"; null: the row as a whole is meant.</summary>
    public string? Field { get; }

    /// <summary>A file that can't be read at all or not to its end.</summary>
    internal static DatasetException File(string path, string problem, string remedy, Exception? inner) =>
        new($"{path}: {problem} {remedy}", null, null, inner);

    /// <summary>A row that can't be used.</summary>
    internal static DatasetException Row(string path, long line, RowException row) =>
        new($"{path}, line {line}{(row.Field is null ? "" : $", field {row.Field}")}: {row.Message}", line, row.Field, row);

    /// <summary>A value as it appears in a message: on one line, clipped, control characters escaped.</summary>
    internal static string Show(string value)
    {
        var shown = new StringBuilder("\"");
        foreach (char c in value.AsSpan(0, Math.Min(value.Length, ShownCharacters)))
        {
            shown.Append(c switch
            {
                '\n' => "\\n",
                '\r' => "\\r",
                '\t' => "\\t",
                _ when char.IsControl(c) || char.IsSurrogate(c) => string.Create(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"),
                _ => c.ToString(),
            });
        }
        return shown.Append(value.Length > ShownCharacters ? $"…\" ({value.Length} characters)" : "\"").ToString();
    }
}

/// <summary>What is wrong with the row at hand; the loop that knows file and line turns it into a <see cref="DatasetException"/>.</summary>
internal sealed class RowException(string? field, string found, string wanted, string remedy)
    : Exception($"{found}; wanted {wanted}. {remedy}")
{
    public string? Field { get; } = field;
}
