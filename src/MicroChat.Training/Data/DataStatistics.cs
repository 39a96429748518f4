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
/// <param name="Files">The files that hold it.</param>
public sealed record SourceStatistics(string Source, string License, ShardCounts Counts, IReadOnlyList<FileProvenance> Files);

/// <summary>What a run learned from: for its report and the model card.</summary>
/// <param name="Sources">Each source once.</param>
public sealed record DataStatistics(IReadOnlyList<SourceStatistics> Sources)
{
    /// <summary>All sources together.</summary>
    public ShardCounts Total => Sources.Aggregate(default(ShardCounts), (sum, source) => sum + source.Counts);

    /// <summary>Statistics of shards; reads every file once for its hash.</summary>
    public static DataStatistics Of(IEnumerable<ShardSet> sets) =>
        new([.. sets.Select(set => new SourceStatistics(set.Info.Source, set.Info.License, set.Counts, [.. set.Shards.Select(shard => FileProvenance.Of(shard.Path))]))]);

    /// <summary>A Markdown table: source, licence, rows, tokens, bytes.</summary>
    public string ToMarkdown()
    {
        var table = new StringBuilder("| source | licence | rows | tokens | target tokens | text bytes |\n|---|---|---:|---:|---:|---:|\n");
        foreach (SourceStatistics source in Sources.Append(new SourceStatistics("all", "", Total, [])))
        {
            table.Append($"| {Cell(source.Source)} | {Cell(source.License)} | {source.Counts.Rows:n0} | {source.Counts.Tokens:n0} | {source.Counts.TargetTokens:n0} | {source.Counts.TextBytes:n0} |\n");
        }
        return table.ToString();
    }

    private static string Cell(string text) => text.Replace("|", "\\|", StringComparison.Ordinal).ReplaceLineEndings(" ");
}
