using System.Security.Cryptography;
using System.Text;

namespace MicroChat.Training.Data;

/// <summary>A file that a run learned from.</summary>
/// <param name="Name">File name, without its folder.</param>
/// <param name="Bytes">Length of the file.</param>
/// <param name="Sha256">Its SHA-256, 64 hexadecimal digits.</param>
public sealed record FileProvenance(string Name, long Bytes, string Sha256)
{
    /// <summary>Reads the file once.</summary>
    public static FileProvenance Of(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
        return new FileProvenance(Path.GetFileName(path), file.Length, Convert.ToHexStringLower(SHA256.HashData(file)));
    }
}

/// <summary>How much of one source there is.</summary>
/// <param name="Source">Where the text comes from.</param>
/// <param name="License">Under which licence.</param>
/// <param name="Counts">Rows, tokens, target tokens, bytes.</param>
/// <param name="Files">The data files that its shards were made of.</param>
public sealed record SourceStatistics(string Source, string License, ShardCounts Counts, IReadOnlyList<FileProvenance> Files)
{
    /// <summary>Statistics of a set of shards; reads every data file once for its hash.</summary>
    /// <param name="set">The shards.</param>
    /// <param name="files">Paths of the data files that they were made of.</param>
    public static SourceStatistics Of(ShardSet set, IReadOnlyList<string> files) =>
        new(set.Info.Source, set.Info.License, set.Counts, [.. files.Select(FileProvenance.Of)]);
}

/// <summary>What a run learned from: for its report and the model card.</summary>
/// <param name="Sources">Each source once.</param>
public sealed record DataStatistics(IReadOnlyList<SourceStatistics> Sources)
{
    /// <summary>All sources together.</summary>
    public ShardCounts Total => Sources.Aggregate(default(ShardCounts), (sum, source) => sum + source.Counts);

    /// <summary>Two Markdown tables: what each source holds, and the data files with their hashes.</summary>
    public string ToMarkdown()
    {
        var table = new StringBuilder("| source | licence | rows | tokens | target tokens | text bytes |\n|---|---|---:|---:|---:|---:|\n");
        foreach (SourceStatistics source in Sources.Append(new SourceStatistics("all", "", Total, [])))
        {
            table.Append($"| {Cell(source.Source)} | {Cell(source.License)} | {source.Counts.Rows:n0} | {source.Counts.Tokens:n0} | {source.Counts.TargetTokens:n0} | {source.Counts.TextBytes:n0} |\n");
        }
        table.Append("\n| file | bytes | SHA-256 |\n|---|---:|---|\n");
        foreach (FileProvenance file in Sources.SelectMany(source => source.Files))
        {
            table.Append($"| {Cell(file.Name)} | {file.Bytes:n0} | {file.Sha256} |\n");
        }
        return table.ToString();
    }

    private static string Cell(string text) => text.Replace("|", "\\|", StringComparison.Ordinal).ReplaceLineEndings(" ");
}
