using MicroChat.Model.Templates;
using MicroChat.Training.Data;
using MicroChat.Training.Preferences;

namespace MicroChat.Training.Stages;

/// <summary>Which of two disjoint halves of the training prompts a reward model learns from: one to optimise against, one to watch it with.</summary>
public enum TrainingHalf
{
    /// <summary>All prompts.</summary>
    All,

    /// <summary>One half.</summary>
    A,

    /// <summary>The other half: no prompt is in both.</summary>
    B,
}

/// <summary>How judged replies are cut into rows and parted.</summary>
public sealed record PreferenceRowOptions
{
    /// <summary>Least number of held-out prompts; fewer comparisons than that say nothing.</summary>
    public const int LeastHeldOut = 20;

    /// <summary>Length limit and least number.</summary>
    public PreferenceSetOptions Set { get; init; } = new();

    /// <summary>Share of the prompts that is held out, and at least <see cref="LeastHeldOut"/> of them.</summary>
    public double HeldOutShare { get; init; } = 0.1;

    /// <summary>Hold out the last comparisons of the files instead, so many; 0: by share. Unit: comparisons.</summary>
    public int HeldOutLast { get; init; }

    /// <summary>The half of the training prompts that is learned from.</summary>
    public TrainingHalf Half { get; init; }

    /// <summary>Everything that is wrong, one sentence each; empty when nothing is.</summary>
    public IReadOnlyList<string> Validate() => [.. Set.Validate(), .. new Objectives.OptionFaults()
        .Check(HeldOutShare is > 0 and < 1, nameof(HeldOutShare), HeldOutShare, "above 0 and below 1")
        .Check(HeldOutLast == 0 || HeldOutLast >= LeastHeldOut, nameof(HeldOutLast), HeldOutLast, $"0, or at least {LeastHeldOut}").All];
}

/// <summary>Judged replies as rows, parted by prompt.</summary>
internal sealed record PreferenceRows(
    IReadOnlyList<EncodedGroup> Groups, IReadOnlyList<EncodedGroup> HeldOutGroups,
    IReadOnlyList<EncodedThumb> Thumbs, IReadOnlyList<EncodedThumb> HeldOutThumbs, IReadOnlyList<string> Raters, IReadOnlyList<string> Notes)
{
    /// <summary>Encodes and parts what the files hold.</summary>
    /// <exception cref="TrainingException">Too little is left, or all of it says the same; the message says what became of the files' rows.</exception>
    public static PreferenceRows Of(PreferenceFiles files, ReplyEncoder encoder, PreferenceRowOptions options)
    {
        try
        {
            return Encode(files, encoder, options);
        }
        catch (TrainingException e)
        {
            throw new TrainingException($"{e.Message}\nWhat was read: {string.Join('\n', files.Notes)}", e);
        }
    }

    private static PreferenceRows Encode(PreferenceFiles files, ReplyEncoder encoder, PreferenceRowOptions options)
    {
        var notes = new List<string>();
        PreferenceSet? groups = null;
        ThumbSet? thumbs = null;
        if (files.Groups.Count > 0 || files.Ratings.Count == 0)
        {
            groups = PreferenceSet.Encode(files.Groups, encoder, options.Set);
            notes.Add($"comparisons: {groups.Report}");
        }
        if (files.Ratings.Count > 0)
        {
            thumbs = ThumbSet.Encode(files.Ratings, encoder, options.Set);
            notes.Add($"thumbs: {thumbs.Report}; {thumbs.Ups} up, {thumbs.Downs} down, {thumbs.Raters.Count - 1} named raters, {thumbs.Contradicted} replies with thumbs both up and down");
        }
        var rows = Part(groups?.Groups ?? [], thumbs?.Thumbs ?? [], thumbs?.Raters ?? [ThumbSet.Nobody], options);
        return rows with { Notes = [.. notes, $"{rows.Groups.Count} prompts and {rows.Thumbs.Count} thumbs to learn from, {rows.HeldOutGroups.Count} prompts and {rows.HeldOutThumbs.Count} thumbs held out"] };
    }

    /// <summary>Parts by prompt: what is held out is the same for both halves, and whatever else is in the files of the same prompts goes with it.</summary>
    private static PreferenceRows Part(IReadOnlyList<EncodedGroup> groups, IReadOnlyList<EncodedThumb> thumbs, IReadOnlyList<string> raters, PreferenceRowOptions options)
    {
        HashSet<ulong> held;
        if (options.HeldOutLast > 0)
        {
            held = [.. new PreferenceSet(groups, new EncodingReport(0, 0, 0, 0, 0, 0)).HoldOutLast(options.HeldOutLast).HeldOut.Select(group => group.Key)];
        }
        else
        {
            HashSet<ulong> keys = [.. groups.Select(group => group.Key), .. thumbs.Select(thumb => thumb.Key)];
            int count = Math.Max(PreferenceRowOptions.LeastHeldOut, (int)Math.Round(options.HeldOutShare * keys.Count));
            TextSplit split = TextSplit.ByCount(keys, count);
            held = [.. keys.Where(split.IsHeldOut)];
        }
        bool Learned(ulong key) => !held.Contains(key) && (options.Half == TrainingHalf.All || (SeededPermutation.Mix(key) & 1) == (options.Half == TrainingHalf.A ? 0UL : 1UL));
        var rows = new PreferenceRows(
            [.. groups.Where(group => Learned(group.Key))], [.. groups.Where(group => held.Contains(group.Key))],
            [.. thumbs.Where(thumb => Learned(thumb.Key))], [.. thumbs.Where(thumb => held.Contains(thumb.Key))], raters, []);
        int learned = rows.Groups.Count + rows.Thumbs.Count;
        return learned >= PreferenceRowOptions.LeastHeldOut ? rows : throw new TrainingException(
            $"{learned} prompts or thumbs are left to learn from when the held-out ones are taken away; it must be at least {PreferenceRowOptions.LeastHeldOut}. Collect judgements on more prompts.");
    }

    /// <summary>The same rows with judgements of other files held out beside those that are. Thumbs of one kind alone make no pairs and are left out.</summary>
    public PreferenceRows HoldOut(PreferenceFiles files, ReplyEncoder encoder, PreferenceSetOptions options)
    {
        PreferenceSetOptions any = options with { LeastItems = 1 };
        bool both = files.Ratings.Any(rating => rating.Up > 0.5) && files.Ratings.Any(rating => rating.Up < 0.5);
        PreferenceSet? groups = files.Groups.Count == 0 ? null : PreferenceSet.Encode(files.Groups, encoder, any);
        ThumbSet? thumbs = both ? ThumbSet.Encode(files.Ratings, encoder, any) : null;
        return this with
        {
            HeldOutGroups = [.. HeldOutGroups, .. groups?.Groups ?? []],
            HeldOutThumbs = [.. HeldOutThumbs, .. thumbs?.Thumbs ?? []],
            Notes = [.. Notes, $"{groups?.Comparisons ?? 0} comparisons and {thumbs?.Thumbs.Count ?? 0} thumbs of other people or later days are held out too"],
        };
    }

    /// <summary>Held-out pairs: every comparison, and each held-out thumb up beside a thumb down, whose accuracy is that of ranking one above the other (AUC).</summary>
    public IReadOnlyList<(EncodedReply Better, EncodedReply Worse)> HeldOutPairs()
    {
        EncodedThumb[] up = [.. HeldOutThumbs.Where(thumb => thumb.Up > 0.5)], down = [.. HeldOutThumbs.Where(thumb => thumb.Up < 0.5)];
        return [.. Pairs(HeldOutGroups), .. up.Zip(down, (u, d) => (u.Reply, d.Reply))];
    }

    /// <summary>Every comparison of groups as two rows.</summary>
    public static IEnumerable<(EncodedReply Better, EncodedReply Worse)> Pairs(IEnumerable<EncodedGroup> groups) => groups
        .SelectMany(group => group.Comparisons.Select(pair => (group.Replies[pair.Better], group.Replies[pair.Worse])));

    /// <summary>An encoder of replies with a model's own tokenizer and template.</summary>
    public static ReplyEncoder EncoderOf(ModelText text) => new(new ChatEncoder(text.Template, text.Tokenizer, text.Time));
}
