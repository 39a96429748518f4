namespace MicroChat.Training.Evaluation;

/// <summary>What one rater said about one thing.</summary>
/// <param name="Item">The thing's number, from 0.</param>
/// <param name="Rater">The person's number, from 0.</param>
/// <param name="Answer">The answer's number, from 0: 0 and 1 for thumbs down and up, or a place on a scale.</param>
public readonly record struct Vote(int Item, int Rater, int Answer)
{
    /// <summary>Refuses numbers outside of their range.</summary>
    /// <exception cref="ArgumentException">A number is negative, or not below its count.</exception>
    internal static void Require(ReadOnlySpan<Vote> votes, int items, int raters, int answers)
    {
        for (int i = 0; i < votes.Length; i++)
        {
            Require(i, nameof(Item), votes[i].Item, items);
            Require(i, nameof(Rater), votes[i].Rater, raters);
            Require(i, nameof(Answer), votes[i].Answer, answers);
        }
    }

    /// <summary>How often each item got each answer: (items,answers).</summary>
    internal static int[,] Count(ReadOnlySpan<Vote> votes, int items, int answers)
    {
        int[,] counts = new int[items, answers];
        foreach (Vote vote in votes)
        {
            counts[vote.Item, vote.Answer]++;
        }
        return counts;
    }

    private static void Require(int vote, string name, int found, int count)
    {
        if ((uint)found >= (uint)count)
        {
            throw new ArgumentException($"Vote {vote} has the {name} {found}; it must be from 0 to {count - 1}.");
        }
    }
}
