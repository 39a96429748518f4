namespace MicroChat.Training.Rollouts;

/// <summary>Cuts rows into parts that fit in memory. How they are cut changes nothing but the order of additions.</summary>
internal static class MicroBatches
{
    /// <summary>Neighbouring rows together, each part of at most so many tokens; a single longer row is a part of its own.</summary>
    /// <param name="rows">Places of the rows.</param>
    /// <param name="tokensOf">Tokens of a row.</param>
    /// <param name="mostTokens">Limit of a part.</param>
    public static IEnumerable<int[]> Of(int[] rows, Func<int, int> tokensOf, int mostTokens)
    {
        int from = 0, tokens = 0;
        for (int i = 0; i < rows.Length; i++)
        {
            int more = tokensOf(rows[i]);
            if (i > from && tokens + more > mostTokens)
            {
                yield return rows[from..i];
                (from, tokens) = (i, 0);
            }
            tokens += more;
        }
        if (from < rows.Length)
        {
            yield return rows[from..];
        }
    }
}
