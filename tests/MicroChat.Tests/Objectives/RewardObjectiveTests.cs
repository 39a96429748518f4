using MicroChat.Training.Objectives;

namespace MicroChat.Tests.Objectives;

public sealed class RewardObjectiveTests
{
    [Theory]
    [Trait("Category", Golden.Category)]
    [MemberData(nameof(ObjectiveCase.Of), "reward_pairwise", MemberType = typeof(ObjectiveCase))]
    public void Pairs_equal_the_reference(string file, string id)
    {
        var c = ObjectiveCase.Read(file, id);
        double[] chosen = c.Input("r_w"), margin = c.Input("margin"), q = c.Input("q"), scores = [.. chosen, .. c.Input("r_l")], d = new double[scores.Length];
        int n = chosen.Length;
        RewardPair[] pairs = [.. Enumerable.Range(0, n).Select(i => new RewardPair(i, n + i)
        {
            Weight = 1.0 / n, Margin = margin.Length == 0 ? 0 : margin[i], Probability = q.Length == 0 ? 1 : q[i],
        })];
        PairStatistics found = BradleyTerry.Evaluate(scores, pairs, new BradleyTerryOptions { Centring = c.Option("centring", 0) }, d);
        c.AssertEqual("loss", found.Loss);
        c.AssertEqual("accuracy", found.Accuracy);
        c.AssertEqual("dr_w", d.AsSpan(0, n));
        c.AssertEqual("dr_l", d.AsSpan(n));
    }

    [Theory]
    [Trait("Category", Golden.Category)]
    [MemberData(nameof(ObjectiveCase.Of), "reward_kwise", MemberType = typeof(ObjectiveCase))]
    public void Rankings_equal_the_reference(string file, string id)
    {
        var c = ObjectiveCase.Read(file, id);
        double[] scores = c.Input("scores"), d = new double[scores.Length];
        int[] ranks = c.Ints("rank"), starts = c.Ints("group_start");
        RewardPair[] pairs = RankedReplies.Pairs(ranks, starts, RankedReplies.Prompts(ranks, starts));
        c.AssertEqual("loss", BradleyTerry.Evaluate(scores, pairs, new BradleyTerryOptions(), d).Loss);
        c.AssertEqual("dscores", d);
        for (int g = 0; g + 1 < starts.Length; g++)
        {
            Assert.Equal((int)c.Wanted("pairs_per_prompt")[g], pairs.Count(pair => pair.Chosen >= starts[g] && pair.Chosen < starts[g + 1]));
        }
    }

    [Theory]
    [Trait("Category", Golden.Category)]
    [MemberData(nameof(ObjectiveCase.Of), "plackett_luce", MemberType = typeof(ObjectiveCase))]
    public void Choices_equal_the_reference(string file, string id)
    {
        var c = ObjectiveCase.Read(file, id);
        double[] scores = c.Input("scores"), d = new double[scores.Length];
        int[] starts = c.Ints("group_start");
        int stages = c.Options.GetProperty("stages").ValueKind == System.Text.Json.JsonValueKind.String ? PlackettLuce.AllStages : (int)c.Option("stages", 0);
        c.AssertEqual("loss", PlackettLuce.Evaluate(scores, starts, stages, starts.Length - 1, d));
        c.AssertEqual("dscores", d);
    }

    [Theory]
    [Trait("Category", Golden.Category)]
    [MemberData(nameof(ObjectiveCase.Of), "thumbs", MemberType = typeof(ObjectiveCase))]
    public void Thumbs_equal_the_reference(string file, string id)
    {
        var c = ObjectiveCase.Read(file, id);
        double[] scores = c.Input("s"), up = c.Input("y"), a = c.Input("a"), b = c.Input("b"), weight = c.Input("weight");
        double[] ds = new double[scores.Length], da = new double[a.Length], db = new double[b.Length];
        int[] rater = c.Ints("rater");
        Thumb[] thumbs = [.. up.Select((y, i) => new Thumb(i, rater[i], y) { Weight = weight.Length == 0 ? 1 : weight[i] })];
        c.AssertEqual("loss", RatedReplies.Evaluate(scores, thumbs, a, b, thumbs.Sum(t => t.Weight), ds, da, db).Loss);
        c.AssertEqual("ds", ds);
        c.AssertEqual("da", da);
        c.AssertEqual("db", db);
    }

    [Theory]
    [Trait("Category", Golden.Category)]
    [MemberData(nameof(ObjectiveCase.Of), "crowd_bradley_terry", MemberType = typeof(ObjectiveCase))]
    public void Erring_raters_equal_the_reference(string file, string id)
    {
        var c = ObjectiveCase.Read(file, id);
        double[] chosen = c.Input("r_w"), scores = [.. chosen, .. c.Input("r_l")], d = new double[scores.Length];
        int n = chosen.Length;
        bool shared = c.Has("random_answer_share");
        double[] eta = shared ? [CrowdBradleyTerry.Correctness(c.Option("random_answer_share", 0))] : c.Input("eta"), deta = new double[eta.Length];
        int[] raters = shared ? new int[n] : c.Ints("rater");
        RewardPair[] pairs = [.. Enumerable.Range(0, n).Select(i => new RewardPair(i, n + i) { Weight = 1.0 / n })];
        c.AssertEqual("loss", CrowdBradleyTerry.Evaluate(scores, pairs, raters, eta, d, deta));
        c.AssertEqual("dr_w", d.AsSpan(0, n));
        c.AssertEqual("dr_l", d.AsSpan(n));
        if (!shared)
        {
            c.AssertEqual("deta", deta);
        }
    }

    [Fact]
    public void Slopes_of_pairs_equal_differences()
    {
        var random = new Random(1);
        double[] scores = Close.Draw(random, 9, 2), d = new double[9], unused = new double[9];
        RewardPair[] pairs = [.. Enumerable.Range(0, 12).Select(i => new RewardPair(i % 9, (i + 1 + (i / 5)) % 9)
        {
            Weight = (1 + random.NextDouble()) / 20, Margin = random.NextDouble(), Probability = i % 3 == 0 ? 1 : random.NextDouble(),
        })];
        var options = new BradleyTerryOptions { Centring = 0.05 };
        BradleyTerry.Evaluate(scores, pairs, options, d);
        Close.Slope(scores, d, () => BradleyTerry.Evaluate(scores, pairs, options, unused).Loss);
    }

    [Fact]
    public void Slopes_of_rankings_and_choices_equal_differences()
    {
        var random = new Random(2);
        double[] scores = Close.Draw(random, 10, 2), d = new double[10], unused = new double[10];
        int[] starts = [0, 4, 5, 10], ranks = [2, 0, 1, 1, 0, 4, 3, 3, 1, 0];
        RewardPair[] pairs = RankedReplies.Pairs(ranks, starts, 2);
        BradleyTerry.Evaluate(scores, pairs, new BradleyTerryOptions(), d);
        Close.Slope(scores, d, () => BradleyTerry.Evaluate(scores, pairs, new BradleyTerryOptions(), unused).Loss);
        PlackettLuce.Evaluate(scores, starts, 3, 3, d);
        Close.Slope(scores, d, () => PlackettLuce.Evaluate(scores, starts, 3, 3, unused));
    }

    [Fact]
    public void Slopes_of_thumbs_and_erring_raters_equal_differences()
    {
        var random = new Random(3);
        double[] scores = Close.Draw(random, 6, 2), a = [1.2, 0.4, -0.7], b = Close.Draw(random, 3), eta = [0.9, 0.3, 0.6];
        double[] ds = new double[6], da = new double[3], db = new double[3], u6 = new double[6], u3 = new double[3], v3 = new double[3];
        Thumb[] thumbs = [.. Enumerable.Range(0, 15).Select(i => new Thumb(i % 6, i % 3, i % 4 / 3.0) { Weight = 0.5 + random.NextDouble() })];
        double Loss() => RatedReplies.Evaluate(scores, thumbs, a, b, 20, u6, u3, v3).Loss;
        RatedReplies.Evaluate(scores, thumbs, a, b, 20, ds, da, db);
        Close.Slope(scores, ds, Loss);
        Close.Slope(a, da, Loss);
        Close.Slope(b, db, Loss);
        RewardPair[] pairs = [.. Enumerable.Range(0, 6).Select(i => new RewardPair(i, (i + 2) % 6) { Weight = 0.1 })];
        int[] raters = [0, 1, 2, 0, 1, 2];
        CrowdBradleyTerry.Evaluate(scores, pairs, raters, eta, ds, da);
        Close.Slope(scores, ds, () => CrowdBradleyTerry.Evaluate(scores, pairs, raters, eta, u6, u3));
        Close.Slope(eta, da, () => CrowdBradleyTerry.Evaluate(scores, pairs, raters, eta, u6, u3));
    }

    [Theory]
    [InlineData(1e6)]
    [InlineData(double.MaxValue / 4)]
    public void Huge_differences_give_finite_slopes(double size)
    {
        double[] scores = [size, -size], d = new double[2];
        var options = new BradleyTerryOptions();
        PairStatistics right = BradleyTerry.Evaluate(scores, [new RewardPair(0, 1) { Weight = 1 }], options, d);
        Assert.Equal((0, 1, 0, 0), (right.Loss, right.Accuracy, d[0], d[1]));
        PairStatistics wrong = BradleyTerry.Evaluate(scores, [new RewardPair(1, 0) { Weight = 1 }], options, d);
        Assert.Equal((2 * size, 0, 1, -1), (wrong.Loss, wrong.Accuracy, d[0], d[1]));
    }

    [Fact]
    public void A_small_slope_keeps_its_digits()
    {
        double[] d = new double[2];
        BradleyTerry.Evaluate([60, 0], [new RewardPair(0, 1) { Weight = 1 }], new BradleyTerryOptions(), d);
        Assert.Equal(-Math.Exp(-60), d[0], 1e-35);
    }

    [Fact]
    public void Rankings_of_five_replies_start_at_ln_2_with_known_slopes()
    {
        double[] d = new double[5];
        RewardPair[] pairs = RankedReplies.Pairs([0, 1, 2, 3, 4], [0, 5], 1);
        Assert.Equal(Math.Log(2), BradleyTerry.Evaluate(new double[5], pairs, new BradleyTerryOptions(), d).Loss, 1e-15);
        Close.All([-.2, -.1, 0, .1, .2], d, 1e-15, "slope");
    }

    [Fact]
    public void A_ranking_in_one_element_equals_its_pairs_summed_and_prompts_weigh_the_same()
    {
        double[] scores = Close.Draw(new Random(4), 8), whole = new double[8], sum = new double[8];
        int[] ranks = [0, 1, 2, 3, 0, 1, 1, 1], starts = [0, 4, 8];
        double loss = BradleyTerry.Evaluate(scores, RankedReplies.Pairs(ranks, starts, 2), new BradleyTerryOptions(), whole).Loss, parts = 0;
        foreach ((int from, int to, double share) in new[] { (0, 4, 1 / 12.0), (4, 8, 1 / 6.0) })
        {
            for (int i = from; i < to; i++)
            {
                for (int j = from; j < to; j++)
                {
                    if (ranks[i] < ranks[j])
                    {
                        double d = scores[i] - scores[j];
                        parts += share * Math.Log(1 + Math.Exp(-d));
                        sum[i] -= share / (1 + Math.Exp(d));
                        sum[j] += share / (1 + Math.Exp(d));
                    }
                }
            }
        }
        Assert.Equal(parts, loss, 1e-14);
        Close.All(sum, whole, 1e-14, "slope");
    }

    [Fact]
    public void Prompts_in_two_micro_batches_add_up_to_one_batch()
    {
        double[] scores = Close.Draw(new Random(5), 7), whole = new double[7], first = new double[4], second = new double[3];
        int[] ranks = [0, 0, 1, 2, 1, 0, 2], starts = [0, 4, 7];
        var options = new BradleyTerryOptions();
        PairStatistics all = BradleyTerry.Evaluate(scores, RankedReplies.Pairs(ranks, starts, 2), options, whole);
        PairStatistics parts = BradleyTerry.Evaluate(scores.AsSpan(0, 4), RankedReplies.Pairs(ranks.AsSpan(0, 4), [0, 4], 2), options, first)
            + BradleyTerry.Evaluate(scores.AsSpan(4), RankedReplies.Pairs(ranks.AsSpan(4), [0, 3], 2), options, second);
        Assert.Equal(all.Loss, parts.Loss, 1e-15);
        Close.All(whole, [.. first, .. second], 1e-15, "slope");
    }

    [Fact]
    public void Nothing_to_compare_gives_nothing()
    {
        double[] d = [7, 7];
        Assert.Empty(RankedReplies.Pairs([3, 3], [0, 2], 0));
        Assert.Equal(default, BradleyTerry.Evaluate([1, 2], [], new BradleyTerryOptions(), d));
        Assert.Equal([0, 0], d);
        Assert.Equal(0, PlackettLuce.Evaluate([], [0], 1, 0, []));
        Assert.Equal(default, RatedReplies.Evaluate([1, 2], [], [], [], 0, d, [], []));
    }

    [Fact]
    public void An_inverting_rater_turns_the_slope_round()
    {
        double[] ds = new double[1], da = new double[1], db = new double[1];
        RatedReplies.Evaluate([0.3], [new Thumb(0, 0, 1)], [-1], [0], 1, ds, da, db);
        Assert.True(ds[0] > 0);
        RatedReplies.Evaluate([0.3], [new Thumb(0, 0, 1)], [1], [0], 1, ds, da, db);
        Assert.True(ds[0] < 0);
    }

    [Fact]
    public void A_place_outside_the_scores_is_refused_and_nothing_written()
    {
        double[] d = [7, 7];
        Assert.Throws<ArgumentException>(() => BradleyTerry.Evaluate([1, 2], [new RewardPair(0, 2) { Weight = 1 }], new BradleyTerryOptions(), d));
        Assert.Throws<ArgumentException>(() => RatedReplies.Evaluate([1, 2], [new Thumb(-1, 0, 1)], [1], [0], 1, d, new double[1], new double[1]));
        Assert.Equal([7, 7], d);
    }

    [Fact]
    public void Centring_below_0_is_named() =>
        Assert.Contains("Centring is -1", Assert.Single(new BradleyTerryOptions { Centring = -1 }.Validate()));
}
