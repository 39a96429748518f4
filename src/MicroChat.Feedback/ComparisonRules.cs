namespace MicroChat.Feedback;

/// <summary>What candidates and answers must be like, and the short text that an answer's tiers are kept as: one hexadecimal digit per candidate as shown, 0 the best tier.</summary>
internal static class ComparisonRules
{
    /// <summary>Stands as the model of a control's replies, which the operator wrote.</summary>
    public const string ControlModel = "control";

    private const int Most = 16;

    private const string Digits = "0123456789abcdef";

    public static FeedbackException Unknown(Guid candidate) => new($"Candidate {candidate} is no exchange of this store. Nothing was written.");

    /// <exception cref="FeedbackException">They cannot be compared.</exception>
    public static void Require(IReadOnlyList<ExchangeRecord> candidates)
    {
        Check(candidates.Count is >= 2 and <= Most, $"A comparison has 2 to {Most} candidates, not {candidates.Count}");
        Check(candidates.Select(c => c.Id).Distinct().Count() == candidates.Count, "A comparison names one candidate twice");
        foreach (ExchangeRecord candidate in candidates)
        {
            Check(candidate.Reply?.Text is not null, $"Candidate {candidate.Id} has no reply (yet); compare replies that are finished");
            Check((candidate.Conversation, candidate.Parent, candidate.Prompt) == (candidates[0].Conversation, candidates[0].Parent, candidates[0].Prompt),
                $"Candidate {candidate.Id} does not answer the same prompt at the same point of the conversation as {candidates[0].Id}");
        }
    }

    /// <exception cref="FeedbackException">It measures nothing.</exception>
    public static void Require(NewControl control)
    {
        Check(!string.IsNullOrWhiteSpace(control.Prompt), "The control's prompt is empty; say what was asked");
        Check(!string.IsNullOrWhiteSpace(control.Better) && !string.IsNullOrWhiteSpace(control.Worse), "One of the control's replies is empty; both are shown to people");
        Check(control.Better != control.Worse, "The control's two replies are the same; one must be better beyond doubt");
    }

    /// <summary>The tiers of an answer, completed to all candidates.</summary>
    /// <exception cref="FeedbackException">They do not fit.</exception>
    public static string Encode(ComparisonRecord comparison, NewAnswer answer)
    {
        IReadOnlyList<Guid> shown = comparison.Shown;
        switch (answer.Outcome)
        {
            case ComparisonOutcome.Winner:
                Check(answer.Tiers is [[var winner]] && shown.Contains(winner), $"The winner of comparison {comparison.Id} must be one of its candidates");
                return Encode(shown, [answer.Tiers[0], [.. shown.Where(id => id != answer.Tiers[0][0])]]);
            case ComparisonOutcome.Ranked:
                Check(answer.Tiers.All(tier => tier.Count > 0) && answer.Tiers.SelectMany(tier => tier).Order().SequenceEqual(shown.Order()),
                    $"A ranking of comparison {comparison.Id} must hold each of its {shown.Count} candidates once, and no empty tier");
                return Encode(shown, answer.Tiers);
            default:
                Check(answer.Tiers.Count == 0, $"A tie of comparison {comparison.Id} has no tiers");
                return Encode(shown, [shown]);
        }
    }

    public static string Encode(IReadOnlyList<Guid> shown, IReadOnlyList<IReadOnlyList<Guid>> tiers) => string.Create(shown.Count, (shown, tiers), static (text, at) =>
    {
        for (int tier = 0; tier < at.tiers.Count; tier++)
        {
            foreach (Guid candidate in at.tiers[tier])
            {
                text[IndexOf(at.shown, candidate)] = Digits[tier];
            }
        }
    });

    public static IReadOnlyList<IReadOnlyList<Guid>> Decode(IReadOnlyList<Guid> shown, string tiers) =>
        [.. tiers.Distinct().Order().Select(tier => (IReadOnlyList<Guid>)[.. shown.Where((_, i) => tiers[i] == tier)])];

    private static int IndexOf(IReadOnlyList<Guid> shown, Guid candidate)
    {
        int at = 0;
        while (shown[at] != candidate)
        {
            at++;
        }
        return at;
    }

    private static void Check(bool holds, string fault)
    {
        if (!holds)
        {
            throw new FeedbackException($"{fault}. Nothing was written.");
        }
    }
}
