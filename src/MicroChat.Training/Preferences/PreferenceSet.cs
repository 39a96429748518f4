using MicroChat.Training.Data;

namespace MicroChat.Training.Preferences;

/// <summary>How judged replies become rows.</summary>
public sealed record PreferenceSetOptions
{
    /// <summary>Longest row; a longer reply is left out and counted, never cut. Unit: tokens.</summary>
    public int MaxRowTokens { get; init; } = 1_024;

    /// <summary>Fewer judgements than this teach nothing that can be told from chance, and are refused.</summary>
    public int LeastItems { get; init; } = 50;

    /// <summary>Everything that is wrong, one sentence each; empty when nothing is.</summary>
    public IReadOnlyList<string> Validate() => new Objectives.OptionFaults()
        .Check(MaxRowTokens >= 2, nameof(MaxRowTokens), MaxRowTokens, "at least 2").Check(LeastItems >= 1, nameof(LeastItems), LeastItems, "at least 1").All;
}

/// <summary>The replies to one prompt as rows.</summary>
/// <param name="Key">By <see cref="TextSplit"/>: the same for prompts with the same letters and digits.</param>
/// <param name="Replies">One row each.</param>
/// <param name="Comparisons">What is known; at least one.</param>
public sealed record EncodedGroup(ulong Key, IReadOnlyList<EncodedReply> Replies, IReadOnlyList<Judgement> Comparisons);

/// <summary>A rated reply as a row.</summary>
/// <param name="Key">Of its prompt, by <see cref="TextSplit"/>.</param>
/// <param name="Reply">The row.</param>
/// <param name="Up">Share of thumbs up.</param>
/// <param name="Rater">Place of the person in <see cref="ThumbSet.Raters"/>.</param>
/// <param name="Weight">Its weight.</param>
public sealed record EncodedThumb(ulong Key, EncodedReply Reply, double Up, int Rater, double Weight);

/// <summary>What happened to the items of a data set on their way to rows; nothing is left out without being counted here.</summary>
/// <param name="Read">Comparisons or thumbs before.</param>
/// <param name="Kept">Those that became rows.</param>
/// <param name="TooLong">Left out: a row would be longer than the limit.</param>
/// <param name="Refused">Left out: the chat template refuses the conversation.</param>
/// <param name="Same">Left out: the two replies are the same tokens.</param>
/// <param name="Undecided">Left out: as many votes for one reply as for the other.</param>
public sealed record EncodingReport(long Read, long Kept, long TooLong, long Refused, long Same, long Undecided)
{
    /// <summary>The counts in a sentence.</summary>
    public override string ToString() =>
        $"{Kept} of {Read} kept; left out: {TooLong} too long, {Refused} refused by the chat template, {Same} with replies of the same tokens, {Undecided} undecided";
}

/// <summary>Comparisons as rows, ready to be batched.</summary>
/// <param name="Groups">One per prompt.</param>
/// <param name="Report">What was left out.</param>
public sealed record PreferenceSet(IReadOnlyList<EncodedGroup> Groups, EncodingReport Report)
{
    /// <summary>Encodes every group. A reply that does not fit goes, with its comparisons; the others of its prompt stay.</summary>
    /// <exception cref="TrainingException">Too few comparisons are left.</exception>
    public static PreferenceSet Encode(IEnumerable<PreferenceGroup> groups, ReplyEncoder encoder, PreferenceSetOptions options)
    {
        var kept = new List<EncodedGroup>();
        var count = new EncodingCounts();
        foreach (PreferenceGroup group in groups)
        {
            count.Read += group.Comparisons.Count;
            EncodedReply?[] rows = [.. group.Replies.Select(reply => EncodingCounts.Encode(encoder, group.Prompt, reply))];
            List<Judgement> comparisons = [.. group.Comparisons.Where(pair => count.Keeps(pair, rows, options))];
            if (comparisons.Count > 0)
            {
                kept.Add(Dense(TextSplit.Key(group.Prompt), rows, comparisons));
            }
        }
        EncodingReport report = count.Report();
        report.RequireAtLeast(options.LeastItems, "comparisons");
        return new PreferenceSet(kept, report);
    }

    /// <summary>Number of comparisons.</summary>
    public int Comparisons => Groups.Sum(group => group.Comparisons.Count);

    /// <summary>The set in two by the keys of the prompts, so that no prompt is on both sides.</summary>
    /// <returns>The part in training, and the part held out.</returns>
    public (IReadOnlyList<EncodedGroup> Training, IReadOnlyList<EncodedGroup> HeldOut) Split(TextSplit split) =>
        ([.. Groups.Where(group => !split.IsHeldOut(group.Key))], [.. Groups.Where(group => split.IsHeldOut(group.Key))]);

    /// <summary>The set in two by order: the last groups with so many comparisons, or a few more, are held out; groups of their prompts before them go with them.</summary>
    public (IReadOnlyList<EncodedGroup> Training, IReadOnlyList<EncodedGroup> HeldOut) HoldOutLast(int comparisons)
    {
        var keys = new HashSet<ulong>();
        for (int i = Groups.Count - 1, held = 0; i >= 0 && held < comparisons; i--)
        {
            held += Groups[i].Comparisons.Count;
            keys.Add(Groups[i].Key);
        }
        return ([.. Groups.Where(group => !keys.Contains(group.Key))], [.. Groups.Where(group => keys.Contains(group.Key))]);
    }

    /// <summary>Drops replies without a comparison and moves the places accordingly.</summary>
    private static EncodedGroup Dense(ulong key, EncodedReply?[] rows, List<Judgement> comparisons)
    {
        int[] used = [.. comparisons.SelectMany(pair => new[] { pair.Better, pair.Worse }).Distinct().Order()];
        return new EncodedGroup(key, [.. used.Select(place => rows[place]!)], [.. comparisons.Select(pair => pair with
        {
            Better = Array.IndexOf(used, pair.Better), Worse = Array.IndexOf(used, pair.Worse),
        })]);
    }
}
