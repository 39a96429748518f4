namespace MicroChat.Training.Preferences;

/// <summary>Parts of an update that are in memory one after the other.</summary>
internal static class MicroBatches
{
    /// <summary>Cuts items into micro-batches of at most so many tokens, in their order; a longer item goes alone.</summary>
    public static IEnumerable<List<T>> Cut<T>(IEnumerable<T> items, Func<T, int> tokens, int limit)
    {
        var batch = new List<T>();
        int sum = 0;
        foreach (T item in items)
        {
            int own = tokens(item);
            if (batch.Count > 0 && sum + own > limit)
            {
                yield return batch;
                (batch, sum) = ([], 0);
            }
            batch.Add(item);
            sum += own;
        }
        if (batch.Count > 0)
        {
            yield return batch;
        }
    }
}
