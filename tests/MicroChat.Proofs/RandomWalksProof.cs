using MicroChat.Proofs.RandomWalks;

namespace MicroChat.Proofs;

/// <summary>PPO finds the shortest ways through random graphs, from a model that imitates random walks.</summary>
internal static class RandomWalksProof
{
    private const int Seeds = 6, Between = 10;
    private const double Bar = 0.95;

    private static readonly WalkLength s_length = new(Imitation: 300, Steps: 100, Judged: 100);

    /// <summary>Writes the page.</summary>
    /// <returns>0 when every run reached the bar.</returns>
    public static int Run(TextWriter output, TextWriter progress)
    {
        var page = new Markdown(output);
        page.Begin("PPO on random walks", "randomwalks", "randomwalks.md",
            $"The task of trlx's example \"randomwalks\": a graph of {WalkGraph.Nodes} nodes, every edge with probability .1, walks of at most {WalkGraph.LongestWalk} nodes that begin at any node but the goal and end at it. Optimality of a walk: (10 − its length) / (10 − the shortest length from its start); 0 without arriving or off the edges. Graphs are drawn until every node has a way of less than 10 nodes, so the best mean is 1, and half of the random walks arrive.",
            $"Supervised fine-tuning on 1,000 random walks ({s_length.Imitation} updates of 100 walks), then {s_length.Steps} steps of PPO: 128 walks each, 4 passes, learning rate 1e-3 falling to 0, clip .2, λ .95, γ 1, β 0, value coefficient 1.2 (the example's 128, 4, 0 and 1.2), reward = optimality of the walk on its last token.",
            "The classes of `train sft` and `train ppo`: decoder of 2 layers and width 32, all weights learn.",
            $"Start and end: mean optimality of {s_length.Judged} walks from every start, drawn at temperature 1 with draws that training never used; greedy: the most probable walk from every start.",
            $"The bar: at least {Bar} at the end in every run, from a start of about .35 to .8.");
        page.Head("graph", "random walks that arrive", "their optimality", "start", "end", "greedy", "steps to .95", "KL to the start (nats per walk)");
        var results = new List<WalkResult>();
        for (int seed = 1; seed <= Seeds; seed++)
        {
            using var run = new WalkRun(seed, s_length);
            WalkResult result = run.Run();
            results.Add(result);
            int reached = Array.FindIndex(result.Curve, mean => mean >= Bar);
            page.Row($"{seed}", Number(result.Arrived), Number(result.Data), Number(result.Start), Number(result.End), Number(result.Greedy), reached < 0 ? "not" : $"{reached}", Number(result.Kl, 1));
            progress.WriteLine($"graph {seed}: {Number(result.Start)} → {Number(result.End)}");
        }
        page.Text("Mean optimality of the walks that a step samples, before it learns from them:");
        page.Head(["step", .. Enumerable.Range(1, Seeds).Select(seed => $"graph {seed}")]);
        for (int step = 0; step < s_length.Steps; step += Between)
        {
            page.Row([$"{step + 1}", .. results.Select(result => Number(result.Curve[step]))]);
        }
        double least = results.Min(result => result.End);
        page.Text(least >= Bar ? $"All {Seeds} runs pass." : $"The least, {Number(least)}, is below the bar.");
        return least >= Bar ? 0 : 1;
    }

    private static string Number(double value, int digits = 3) => Markdown.Number(value, digits);
}
