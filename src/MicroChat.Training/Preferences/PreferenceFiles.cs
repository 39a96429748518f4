using MicroChat.Training.Data;
using MicroChat.Training.Reports;

namespace MicroChat.Training.Preferences;

/// <summary>The judged replies of several files, whatever their layouts, before they become rows.</summary>
/// <param name="Groups">Comparisons by prompt.</param>
/// <param name="Ratings">Single replies with a thumb.</param>
/// <param name="Sources">The files, for reports.</param>
/// <param name="Notes">What was read and what was left out, a sentence a line.</param>
public sealed record PreferenceFiles(
    IReadOnlyList<PreferenceGroup> Groups, IReadOnlyList<RatedReply> Ratings, IReadOnlyList<ReportDataSource> Sources, IReadOnlyList<string> Notes)
{
    /// <summary>Bad rows in all files together that are left out and counted; one more stops the reading. Unit: rows.</summary>
    public const long SkipLimit = 1_000;

    /// <summary>Reads files of pairs, rankings or thumbs.</summary>
    /// <exception cref="TrainingException">No file was named.</exception>
    /// <exception cref="DatasetException">A file can't be read, holds no judged replies, or has too many bad rows.</exception>
    public static PreferenceFiles Read(IReadOnlyList<string> paths)
    {
        if (paths.Count == 0)
        {
            throw new TrainingException("No file of judged replies was named; name at least one, with pairs, rankings or thumbs.");
        }
        var options = new DatasetOptions { BadRows = BadRows.Skip, SkipLimit = SkipLimit };
        var groups = new PreferenceGroups();
        var ratings = new List<RatedReply>();
        var sources = new List<ReportDataSource>();
        var notes = new List<string>();
        foreach (string path in paths)
        {
            var report = new RowReport();
            var licences = new SortedSet<string>(StringComparer.Ordinal);
            long before = ratings.Count;
            if (Datasets.Detect(path, options) == DatasetFormat.Thumbs)
            {
                ratings.AddRange(Datasets.Thumbs(path, options, report));
                licences.UnionWith(ratings.Skip((int)before).Select(rating => rating.License));
            }
            else
            {
                foreach (PreferencePair pair in Datasets.Preferences(path, options, report))
                {
                    groups.Add(pair);
                    licences.Add(pair.License);
                }
            }
            sources.Add(new ReportDataSource(path, string.Join(", ", licences), "", 1, report.Rows, FileProvenance.Of(path).Sha256));
            notes.Add($"{Path.GetFileName(path)}: {report}");
        }
        IReadOnlyList<PreferenceGroup> built = groups.Build();
        GroupingReport grouping = groups.Report;
        if (grouping.Pairs > 0)
        {
            notes.Add($"{grouping.Pairs} comparisons on {grouping.Groups} prompts; {grouping.Repeated} repeat one on the same replies, {grouping.Contradicted} pairs of replies are judged both ways and became soft labels");
        }
        return new PreferenceFiles(built, ratings, sources, notes);
    }
}
