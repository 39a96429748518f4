using MicroChat.Model.Templates;

namespace MicroChat.Training.Preferences;

/// <summary>Counts what is left out while a set is encoded.</summary>
internal sealed class EncodingCounts
{
    private long _kept, _tooLong, _refused, _same, _undecided;

    public long Read { get; set; }

    /// <summary>The row of a reply; null when the template refuses it.</summary>
    public static EncodedReply? Encode(ReplyEncoder encoder, IReadOnlyList<ChatTurn> prompt, string reply)
    {
        try
        {
            return encoder.Encode(prompt, reply);
        }
        catch (TemplateException)
        {
            return null;
        }
    }

    /// <summary>Whether a comparison of rows is used; if not, why is counted.</summary>
    public bool Keeps(Judgement pair, IReadOnlyList<EncodedReply?> rows, PreferenceSetOptions options)
    {
        if (rows[pair.Better] is not { } better || rows[pair.Worse] is not { } worse)
        {
            _refused++;
            return false;
        }
        bool tooLong = better.Ids.Length > options.MaxRowTokens || worse.Ids.Length > options.MaxRowTokens;
        bool same = !tooLong && better.Ids.AsSpan().SequenceEqual(worse.Ids), undecided = !tooLong && !same && pair.Probability == 0.5;
        _tooLong += tooLong ? 1 : 0;
        _same += same ? 1 : 0;
        _undecided += undecided ? 1 : 0;
        return Counted(!tooLong && !same && !undecided);
    }

    /// <summary>Whether a single row is used.</summary>
    public bool Keeps(EncodedReply? row, PreferenceSetOptions options)
    {
        _refused += row is null ? 1 : 0;
        _tooLong += row?.Ids.Length > options.MaxRowTokens ? 1 : 0;
        return Counted(row is not null && row.Ids.Length <= options.MaxRowTokens);
    }

    public EncodingReport Report() => new(Read, _kept, _tooLong, _refused, _same, _undecided);

    private bool Counted(bool keeps)
    {
        _kept += keeps ? 1 : 0;
        return keeps;
    }
}

/// <summary>Refusals that sets of all kinds share.</summary>
internal static class EncodingReportChecks
{
    public static void RequireAtLeast(this EncodingReport report, int least, string items)
    {
        if (report.Kept < least)
        {
            throw new TrainingException(
                $"{report.Kept} {items} can be used; it must be at least {least}, or nothing that is learned can be told from chance. {report}. "
                + "Collect more, or raise the longest row if too many are too long.");
        }
    }
}
