using MicroChat.Model.Templates;
using MicroChat.Training.Data;
using MicroChat.Training.Reports;

namespace MicroChat.Training.Rollouts;

/// <summary>What happened to prompts on their way to tokens; nothing is left out without being counted here.</summary>
/// <param name="Read">Prompts in the files.</param>
/// <param name="Kept">Those that are used.</param>
/// <param name="TooLong">Left out: longer than the limit.</param>
/// <param name="Refused">Left out: the chat template refuses the conversation.</param>
/// <param name="Same">Left out: the same tokens as an earlier one.</param>
public sealed record PromptReport(long Read, long Kept, long TooLong, long Refused, long Same)
{
    /// <summary>The counts in a sentence.</summary>
    public override string ToString() => $"{Kept} of {Read} prompts kept; left out: {TooLong} too long, {Refused} refused by the chat template, {Same} that came before";
}

/// <summary>Reads prompts from files of prompts, or from files of conversations or judged replies, whose last reply is left out.</summary>
/// <param name="Prompts">Token ids, the reply opened.</param>
/// <param name="Report">What was left out.</param>
/// <param name="Sources">The files, for the report.</param>
public sealed record PromptFiles(IReadOnlyList<int[]> Prompts, PromptReport Report, IReadOnlyList<ReportDataSource> Sources)
{
    /// <summary>Reads and encodes all files.</summary>
    /// <param name="paths">At least one.</param>
    /// <param name="encode">Encodes the turns before a reply, and opens the reply.</param>
    /// <param name="mostTokens">Longest prompt.</param>
    /// <exception cref="DatasetException">A file or a row can't be used.</exception>
    /// <exception cref="TrainingException">No prompt is left.</exception>
    public static PromptFiles Read(IReadOnlyList<string> paths, Func<IReadOnlyList<ChatTurn>, int[]> encode, int mostTokens)
    {
        var prompts = new List<int[]>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var sources = new List<ReportDataSource>();
        long read = 0, tooLong = 0, refused = 0, same = 0;
        foreach (string path in paths)
        {
            long before = read;
            var licences = new SortedSet<string>(StringComparer.Ordinal);
            foreach (ChatPrompt prompt in Turns(path))
            {
                read++;
                licences.Add(prompt.License);
                int[]? ids = Encode(encode, prompt.Turns);
                refused += ids is null ? 1 : 0;
                tooLong += ids?.Length > mostTokens ? 1 : 0;
                bool fits = ids is not null && ids.Length <= mostTokens, isNew = fits && seen.Add(string.Join(' ', ids!));
                same += fits && !isNew ? 1 : 0;
                if (isNew)
                {
                    prompts.Add(ids!);
                }
            }
            sources.Add(new ReportDataSource(path, string.Join(", ", licences), "", 1, read - before, FileProvenance.Of(path).Sha256));
        }
        var report = new PromptReport(read, prompts.Count, tooLong, refused, same);
        return prompts.Count > 0 ? new PromptFiles(prompts, report, sources)
            : throw new TrainingException($"No prompt can be used. {report}. Name other files, or raise the longest prompt of {mostTokens} tokens.");
    }

    /// <summary>The prompts of one file, its last replies left out.</summary>
    /// <exception cref="DatasetException">The file or a row can't be used.</exception>
    internal static IEnumerable<ChatPrompt> Turns(string path)
    {
        var options = new DatasetOptions();
        var report = new RowReport();
        return Datasets.Detect(path, options) switch
        {
            DatasetFormat.Prompts or DatasetFormat.OpenAssistantTrees or DatasetFormat.OpenAssistantMessages => Datasets.Prompts(path, options, report),
            DatasetFormat.Rankings => Datasets.Rankings(path, options, report).Select(ranking => new ChatPrompt(ranking.Source, ranking.License, ranking.Prompt)),
            DatasetFormat.Thumbs => Datasets.Thumbs(path, options, report).Select(thumb => new ChatPrompt(thumb.Source, thumb.License, thumb.Prompt)),
            DatasetFormat.Preferences or DatasetFormat.HelpfulHarmless => Datasets.Preferences(path, options, report).Select(pair => new ChatPrompt(pair.Source, pair.License, pair.Prompt)),
            _ => Datasets.Conversations(path, options, report).Select(chat => new ChatPrompt(chat.Source, chat.License, [.. chat.Turns.SkipLast(1)])),
        };
    }

    private static int[]? Encode(Func<IReadOnlyList<ChatTurn>, int[]> encode, IReadOnlyList<ChatTurn> turns)
    {
        try
        {
            return encode(turns);
        }
        catch (TemplateException)
        {
            return null;
        }
    }
}
