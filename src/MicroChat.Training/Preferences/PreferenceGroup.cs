using System.Text;
using MicroChat.Model.Templates;
using MicroChat.Training.Data;

namespace MicroChat.Training.Preferences;

/// <summary>A judgement between two replies of a group.</summary>
/// <param name="Better">Place of the better reply.</param>
/// <param name="Worse">Place of the other.</param>
/// <param name="Probability">Share of the votes on this pair that say so, by weight; ½ or more.</param>
/// <param name="Margin">Mean margin of these votes.</param>
public readonly record struct Judgement(int Better, int Worse, double Probability, double Margin)
{
    /// <summary>Weight of the votes on this pair together, at most that of one full vote. No unit.</summary>
    public double Weight { get; init; } = 1;
}

/// <summary>All replies to one prompt and what is known about which is better: one element of a batch.</summary>
/// <param name="Prompt">The turns before the replies.</param>
/// <param name="Replies">Different replies, in the order in which they were first seen.</param>
/// <param name="Comparisons">Each pair of replies once at most; pairs that nobody judged are not there.</param>
public sealed record PreferenceGroup(IReadOnlyList<ChatTurn> Prompt, IReadOnlyList<string> Replies, IReadOnlyList<Judgement> Comparisons);

/// <summary>What the pairs of a data set looked like before anything was left out.</summary>
public sealed class GroupingReport
{
    /// <summary>Judgements read.</summary>
    public long Pairs { get; internal set; }

    /// <summary>Judgements that repeat one on the same replies.</summary>
    public long Repeated { get; internal set; }

    /// <summary>Pairs of replies on which judgements contradict each other; they became soft labels.</summary>
    public long Contradicted { get; internal set; }

    /// <summary>Prompts.</summary>
    public long Groups { get; internal set; }
}

/// <summary>
/// Collects the judgements on each prompt. Comparing all replies of a prompt in one batch element, and not as pairs that are shuffled apart,
/// keeps a reward model from over-fitting within one epoch (Ouyang et al. 2022, §3.5).
/// </summary>
public sealed class PreferenceGroups
{
    private readonly Dictionary<string, Draft> _byPrompt = [];
    private readonly List<Draft> _order = [];

    /// <summary>What was added.</summary>
    public GroupingReport Report { get; } = new();

    /// <summary>Adds a judgement; its prompt's group is made when it is new.</summary>
    public void Add(PreferencePair pair)
    {
        string key = Key(pair.Prompt);
        if (!_byPrompt.TryGetValue(key, out Draft? draft))
        {
            _order.Add(_byPrompt[key] = draft = new Draft(pair.Prompt));
        }
        Report.Pairs++;
        draft.Add(pair);
    }

    /// <summary>The groups, in the order in which their prompts were first seen.</summary>
    public IReadOnlyList<PreferenceGroup> Build()
    {
        (Report.Groups, Report.Repeated, Report.Contradicted) = (_order.Count, 0, 0);
        return [.. _order.Select(draft => draft.Build(Report))];
    }

    private static string Key(IReadOnlyList<ChatTurn> prompt)
    {
        var key = new StringBuilder();
        foreach (ChatTurn turn in prompt)
        {
            key.Append(turn.Role).Append('\n').Append(turn.Content.Length).Append('\n').Append(turn.Content);
        }
        return key.ToString();
    }

    /// <summary>A group in the making.</summary>
    private sealed class Draft(IReadOnlyList<ChatTurn> prompt)
    {
        private readonly List<string> _replies = [];
        private readonly Dictionary<string, int> _places = [];
        private readonly Dictionary<(int First, int Second), Votes> _votes = [];
        private readonly List<(int First, int Second)> _pairs = [];

        public void Add(PreferencePair pair)
        {
            int chosen = Place(pair.Chosen), rejected = Place(pair.Rejected);
            (int, int) key = (Math.Min(chosen, rejected), Math.Max(chosen, rejected));
            if (!_votes.TryGetValue(key, out Votes votes))
            {
                _pairs.Add(key);
            }
            double forFirst = chosen < rejected ? pair.Probability : 1 - pair.Probability;
            _votes[key] = new Votes(votes.Count + 1, votes.Weight + pair.Weight, votes.ForFirst + (pair.Weight * forFirst), votes.Margin + (pair.Weight * pair.Margin));
        }

        public PreferenceGroup Build(GroupingReport report) => new(prompt, _replies, [.. _pairs.Select(pair => Compare(pair, _votes[pair], report))]);

        private int Place(string reply)
        {
            if (!_places.TryGetValue(reply, out int place))
            {
                _places[reply] = place = _replies.Count;
                _replies.Add(reply);
            }
            return place;
        }

        private static Judgement Compare((int First, int Second) pair, Votes votes, GroupingReport report)
        {
            double share = votes.ForFirst / votes.Weight, margin = votes.Margin / votes.Weight, weight = Math.Min(1, votes.Weight);
            report.Repeated += votes.Count - 1;
            report.Contradicted += votes.Count > 1 && share is > 0 and < 1 ? 1 : 0;
            return share >= 0.5 ? new Judgement(pair.First, pair.Second, share, margin) { Weight = weight } : new Judgement(pair.Second, pair.First, 1 - share, margin) { Weight = weight };
        }

        private readonly record struct Votes(int Count, double Weight, double ForFirst, double Margin);
    }
}
