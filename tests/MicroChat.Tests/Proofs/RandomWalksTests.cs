using MicroChat.Proofs.RandomWalks;

namespace MicroChat.Tests.Proofs;

public sealed class RandomWalksTests(ITestOutputHelper output)
{
    [Fact]
    public void A_model_that_imitates_random_walks_learns_to_walk_the_shortest_way()
    {
        using var run = new WalkRun(seed: 1, new WalkLength(Imitation: 80, Steps: 40, Judged: 20));
        WalkResult result = run.Run();
        output.WriteLine($"data {result.Data:F3}, start {result.Start:F3}, end {result.End:F3}, greedy {result.Greedy:F3}, KL {result.Kl:F1}; {string.Join(' ', result.Curve.Select(x => $"{x:F2}"))}");
        Assert.InRange(result.Start, 0.2, 0.85);
        Assert.InRange(result.End, 0.95, 1);
    }

    [Fact]
    public void A_walk_is_as_good_as_it_is_near_the_shortest()
    {
        var random = new Random(3);
        var graph = WalkGraph.Draw(random);
        foreach (int start in WalkGraph.Starts)
        {
            int[] best = Best(graph, start, random);
            Assert.Equal(1, graph.Optimality(best));
            Assert.Equal(0, graph.Optimality(best.AsSpan(0, best.Length - 1)));                          // does not arrive
            Assert.Equal(0, graph.Optimality([start, start, .. best.AsSpan(1)]));                        // no edge leads back to itself
        }
        Assert.All(Enumerable.Range(0, 200), _ => Assert.InRange(graph.Optimality(graph.Walk(random)), 0, 1));
    }

    /// <summary>The shortest of many random walks.</summary>
    private static int[] Best(WalkGraph graph, int start, Random random) =>
        Enumerable.Range(0, 40_000).Select(_ => graph.Walk(random)).Where(walk => walk[0] == start && walk[^1] == WalkGraph.Goal).MinBy(walk => walk.Length)!;
}
