using MicroChat.Training.Evaluation;

namespace MicroChat.Tests.Evaluation;

public sealed class RaterTests
{
    [Fact]
    public void Raters_who_vote_the_wrong_way_round_are_recognised_and_read_the_right_way()
    {
        const int Items = 300, Raters = 9;
        var random = new Random(11);
        double[] right = [0.9, 0.8, 0.85, 0.75, 0.9, 0.7, 0.1, 0.15, 0.5];
        int[] truth = [.. Enumerable.Range(0, Items).Select(_ => random.Next(2))];
        Vote[] votes = [.. truth.SelectMany((t, item) => Enumerable.Range(0, Raters).Select(r => new Vote(item, r, random.NextDouble() < right[r] ? t : 1 - t)))];
        RaterModel found = RaterModel.Fit(votes, Items, Raters, 2, RaterModel.UsualRounds);
        double model = truth.Where((t, item) => found.Posterior[item, t] > 0.5).Count() / (double)Items;
        double majority = truth.Where((t, item) => votes.Where(v => v.Item == item).Count(v => v.Answer == t) > Raters / 2).Count() / (double)Items;
        Assert.True(model > majority && model > 0.96, $"model {model}, majority {majority}");
        Assert.All(Enumerable.Range(0, Raters), r => Assert.Equal(right[r], (found.Confusion[r, 0, 0] + found.Confusion[r, 1, 1]) / 2, 0.08));
    }

    [Fact]
    public void Hundreds_of_votes_on_one_thing_and_none_on_another_leave_probabilities()
    {
        Vote[] votes = [.. Enumerable.Range(0, 2_000).Select(r => new Vote(r % 2, r / 2, (r % 2) ^ (r % 11 == 0 ? 1 : 0)))];
        RaterModel found = RaterModel.Fit(votes, 3, 1_000, 2, RaterModel.UsualRounds);
        Assert.All(found.Posterior.Cast<double>(), p => Assert.InRange(p, 0, 1));
        Assert.Equal(found.Prior[1], found.Posterior[2, 1], 1e-6);
        Assert.True(found.Posterior[0, 0] > 0.99 && found.Posterior[1, 1] > 0.99);
    }

    [Fact]
    public void A_rater_does_not_agree_with_himself()
    {
        Vote[] votes = [new(0, 0, 1), new(0, 0, 1), new(0, 1, 0), new(1, 0, 1), new(1, 1, 1), new(1, 2, 0)];
        Proportion[] found = RaterAgreement.WithMajorityOfOthers(votes, 2, 3, 2);
        Assert.Equal((0, 2), (found[0].Successes, found[0].Count));                        // item 0 twice against rater 1; in item 1 the others are divided
        Assert.Equal((0, 1), (found[1].Successes, found[1].Count));
        Assert.Equal((0, 1), (found[2].Successes, found[2].Count));
    }

    [Fact]
    public void Nothing_to_disagree_about_is_undefined()
    {
        Assert.True(double.IsNaN(RaterAgreement.Kappa([1, 1], [1, 1], 2, DisagreementWeight.None)));
        Assert.True(double.IsNaN(KrippendorffAlpha.Of([new(0, 0, 1), new(0, 1, 1), new(1, 0, 0)], 2, 2, 2, AnswerScale.Nominal)));
        Assert.True(double.IsNaN(KrippendorffAlpha.Of([], 0, 0, 2, AnswerScale.Nominal)));
    }

    [Fact]
    public void Perfect_agreement_is_1_on_every_scale()
    {
        Vote[] votes = [.. Enumerable.Range(0, 6).SelectMany(item => Enumerable.Range(0, 3).Select(rater => new Vote(item, rater, item % 3)))];
        Assert.All(Enum.GetValues<AnswerScale>(), scale => Assert.Equal(1, KrippendorffAlpha.Of(votes, 6, 3, 3, scale)));
        Assert.All(Enum.GetValues<DisagreementWeight>(), weight => Assert.Equal(1, RaterAgreement.Kappa([0, 1, 2], [0, 1, 2], 3, weight)));
    }

    [Fact]
    public void Votes_out_of_range_are_refused()
    {
        Assert.Throws<ArgumentException>(() => RaterModel.Fit([new Vote(0, 0, 2)], 1, 1, 2, 1));
        Assert.Throws<ArgumentException>(() => KrippendorffAlpha.Of([new Vote(1, 0, 0)], 1, 1, 2, AnswerScale.Nominal));
        Assert.Throws<ArgumentException>(() => RaterAgreement.WithMajorityOfOthers([new Vote(0, -1, 0)], 1, 1, 2));
        Assert.Throws<ArgumentException>(() => RaterAgreement.Kappa([2], [0], 2, DisagreementWeight.None));
        Assert.Throws<ArgumentException>(() => EloRating.Play(2, [new Duel(1, 1, 1)]));
        Assert.Throws<ArgumentException>(() => EloRating.Play(2, [new Duel(0, 1, double.NaN)]));
    }

    [Fact]
    public void Strengths_fit_lopsided_duels_and_refuse_those_without_a_finite_answer()
    {
        double[,] none = new double[2, 2];
        var found = DuelStrengths.Of(new double[,] { { 0, 99_999 }, { 1, 0 } }, none);
        Assert.Equal(Math.Log(99_999), found.Strength[0] - found.Strength[1], 1e-9);
        Assert.Equal(400 / Math.Log(10) * Math.Log(99_999), found.Elo(0) - found.Elo(1), 1e-6);
        Assert.Equal(Math.Sqrt(1 + (1 / 99_999.0)), found.StandardError(0, 1), 1e-9);
        Assert.Contains("never", Assert.Throws<ArgumentException>(() => DuelStrengths.Of(new double[,] { { 0, 5 }, { 0, 0 } }, none)).Message);
        Assert.Throws<ArgumentException>(() => DuelStrengths.Of(new double[3, 3], new double[3, 3]));
        Assert.Throws<ArgumentException>(() => DuelStrengths.Of(new double[,] { { 0, 1 }, { 1, 0 } }, new double[,] { { 0, 1 }, { 0, 0 } }));
        Assert.Throws<ArgumentException>(() => DuelStrengths.Of(new double[2, 3], none));
    }

    [Fact]
    public void A_running_rating_ends_near_the_strengths_of_all_duels()
    {
        var random = new Random(5);
        double[] strength = [0.8, 0, -0.8];
        double[,] wins = new double[3, 3];
        var duels = new Duel[6_000];
        for (int i = 0; i < duels.Length; i++)
        {
            (int first, int second) = ((i % 3), (i + 1) % 3);
            bool won = random.NextDouble() < 1 / (1 + Math.Exp(strength[second] - strength[first]));
            wins[won ? first : second, won ? second : first]++;
            duels[i] = new Duel(first, second, won ? 1 : 0);
        }
        var found = DuelStrengths.Of(wins, new double[3, 3]);
        double[] last = [.. Enumerable.Range(0, 3).Select(player => EloRating.Play(3, duels)[1_000..].Average(ratings => ratings[player]))];
        Assert.All(Enumerable.Range(0, 3), player => Assert.Equal(strength[player], found.Strength[player], 0.15));
        Assert.All(Enumerable.Range(0, 3), player => Assert.Equal(found.Elo(player), last[player], 15.0));
    }
}
