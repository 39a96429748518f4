namespace MicroChat.Proofs.RandomWalks;

/// <summary>
/// A random directed graph whose walks look for node 0 and end there. A walk is as good as its length is near the shortest there is:
/// the task of trlx's example "randomwalks", here with graphs in which every node has a way to the goal, so that the best mean is 1.
/// </summary>
internal sealed class WalkGraph
{
    /// <summary>Nodes; they are the tokens of the language.</summary>
    public const int Nodes = 20;

    /// <summary>Where walks end; it has no way out.</summary>
    public const int Goal = 0;

    /// <summary>Nodes of the longest walk, its start included.</summary>
    public const int LongestWalk = 10;

    private const double EdgeProbability = 0.1;

    private readonly int[][] _next;
    private readonly int[] _shortest;

    private WalkGraph(int[][] next, int[] shortest) => (_next, _shortest) = (next, shortest);

    /// <summary>Where walks may begin: every node but the goal.</summary>
    public static int[] Starts { get; } = [.. Enumerable.Range(0, Nodes).Where(node => node != Goal)];

    /// <summary>Draws graphs until every node has a way to the goal that is shorter than the longest walk.</summary>
    public static WalkGraph Draw(Random random)
    {
        while (true)
        {
            int[][] next = [.. Enumerable.Range(0, Nodes).Select(from => Ways(from, random))];
            int[] shortest = Shortest(next);
            if (shortest.Max() < LongestWalk)
            {
                return new WalkGraph(next, shortest);
            }
        }
    }

    /// <summary>Walks from a random start, every way with the same probability, to the goal or until the walk is longest.</summary>
    public int[] Walk(Random random)
    {
        var walk = new List<int> { Starts[random.Next(Starts.Length)] };
        while (walk[^1] != Goal && walk.Count < LongestWalk)
        {
            int[] ways = _next[walk[^1]];
            walk.Add(ways[random.Next(ways.Length)]);
        }
        return [.. walk];
    }

    /// <summary>(longest − length) / (longest − shortest from the walk's start), lengths in nodes: 1 for a shortest walk, 0 for one that leaves the edges or does not arrive.</summary>
    public double Optimality(ReadOnlySpan<int> walk)
    {
        for (int i = 0; i < walk.Length; i++)
        {
            if (i > 0 && !_next[walk[i - 1]].Contains(walk[i]))
            {
                return 0;
            }
            if (walk[i] == Goal)
            {
                return (LongestWalk - (i + 1.0)) / (LongestWalk - _shortest[walk[0]]);
            }
        }
        return 0;
    }

    private static int[] Ways(int from, Random random) =>
        from == Goal ? [] : [.. Enumerable.Range(0, Nodes).Where(to => random.NextDouble() < EdgeProbability && to != from)];

    /// <summary>Nodes of the shortest walk from each node to the goal, both ends included; without any, more than there are nodes.</summary>
    private static int[] Shortest(int[][] next)
    {
        int[] shortest = new int[Nodes];
        Array.Fill(shortest, Nodes + 1);
        shortest[Goal] = 1;
        for (int round = 0; round < Nodes; round++)
        {
            for (int node = 0; node < Nodes; node++)
            {
                shortest[node] = next[node].Aggregate(shortest[node], (least, to) => Math.Min(least, shortest[to] + 1));
            }
        }
        return shortest;
    }
}
