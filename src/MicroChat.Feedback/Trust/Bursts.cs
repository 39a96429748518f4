namespace MicroChat.Feedback.Trust;

/// <summary>Votes that one person gave faster than anybody reads.</summary>
internal static class Bursts
{
    /// <param name="votes">Votes of one person in one place.</param>
    /// <param name="options">How many in what time.</param>
    /// <returns>The votes of all bursts.</returns>
    public static IEnumerable<TrustVote> Find(IEnumerable<TrustVote> votes, TrustOptions options)
    {
        TrustVote[] byTime = [.. votes.OrderBy(vote => vote.Time).ThenBy(vote => vote.Id)];
        int taken = 0;
        for (int end = 0, start = 0; end < byTime.Length; end++)
        {
            while (byTime[end].Time - byTime[start].Time > options.BurstTime)
            {
                start++;
            }
            for (taken = Math.Max(taken, start); end - start + 1 > options.BurstVotes && taken <= end; taken++)
            {
                yield return byTime[taken];
            }
        }
    }
}
