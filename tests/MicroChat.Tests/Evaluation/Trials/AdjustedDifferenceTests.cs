using MicroChat.Training.Evaluation.Trials;

namespace MicroChat.Tests.Evaluation.Trials;

public sealed class AdjustedDifferenceTests
{
    [Fact]
    public void Without_votes_on_both_generations_there_is_no_estimate()
    {
        var votes = new AdjustedDifference();
        Assert.Null(votes.Estimate());
        votes.Add(new TrialVote("a", Canary: false, 200, Up: true));
        Assert.Null(votes.Estimate());
        votes.Add(new TrialVote("a", Canary: true, 200, Up: false));
        Assert.NotNull(votes.Estimate());
        Assert.Equal((1, 1, 1), (votes.CanaryVotes, votes.LiveVotes, votes.CanaryRaters));
    }

    [Fact]
    public void Of_people_who_vote_once_at_one_length_it_is_the_plain_difference_with_its_plain_variance()
    {
        var votes = new AdjustedDifference();
        for (int i = 0; i < 2_000; i++)
        {
            votes.Add(new TrialVote($"{i}", Canary: i % 4 == 0, 200, Up: i % 4 == 0 ? i % 8 == 0 : i % 20 < 14));
        }
        AdjustedEstimate estimate = votes.Estimate()!;
        double plain = votes.CanaryRate.Share - votes.LiveRate.Share, p = (votes.CanaryRate.Successes + votes.LiveRate.Successes) / 2_000;
        Assert.Equal(plain, estimate.Difference, tolerance: 1e-6);
        Assert.InRange(estimate.Variance, 0.9 * p * (1 - p) * ((1 / 500.0) + (1 / 1_500.0)), 1.1 * p * (1 - p) * ((1 / 500.0) + (1 / 1_500.0)));
    }

    [Fact]
    public void A_severe_crowd_on_one_generation_does_not_make_it_worse()
    {
        var random = new Random(7);
        var votes = new AdjustedDifference();
        for (int i = 0; i < 20_000; i++)
        {
            bool severe = random.Next(2) == 0, canary = random.NextDouble() < (severe ? 0.4 : 0.02);
            votes.Add(new TrialVote($"{(severe ? "severe" : "mild")} {random.Next(100)}", canary, 200, random.NextDouble() < (severe ? 0.4 : 0.9)));
        }
        Assert.True(votes.CanaryRate.Share < votes.LiveRate.Share - 0.2, "the plain counts are misleading here");
        AdjustedEstimate estimate = votes.Estimate()!;
        Assert.InRange(estimate.Difference, -0.04, 0.04);
        Assert.InRange(estimate.Severity, 0.15, 0.4);
    }

    [Fact]
    public void Longer_replies_that_please_for_their_length_are_no_better()
    {
        var random = new Random(7);
        var votes = new AdjustedDifference();
        for (int i = 0; i < 20_000; i++)
        {
            bool canary = random.Next(5) == 0;
            int characters = (int)(200 * Math.Exp(0.5 * (random.NextDouble() - 0.5)) * (canary ? 2 : 1));
            votes.Add(new TrialVote($"{random.Next(300)}", canary, characters, random.NextDouble() < 0.55 + (0.2 * Math.Log(characters / 200.0))));
        }
        Assert.True(votes.CanaryRate.Share > votes.LiveRate.Share + 0.1);
        AdjustedEstimate estimate = votes.Estimate()!;
        Assert.InRange(estimate.Difference, -0.04, 0.04);
        Assert.Equal(0.2, estimate.LengthEffect, tolerance: 0.03);
    }

    [Fact]
    public void One_person_alone_does_not_convince_by_voting_often()
    {
        AdjustedEstimate Of(int people)
        {
            var votes = new AdjustedDifference();
            var random = new Random(3);
            for (int i = 0; i < 4_000; i++)
            {
                string person = $"{random.Next(200)}";
                votes.Add(new TrialVote(person, Canary: false, 200, random.NextDouble() < (person[^1] < '5' ? 0.5 : 0.9)));
            }
            for (int i = 0; i < 100; i++)
            {
                votes.Add(new TrialVote($"new {i % people}", Canary: true, 200, random.NextDouble() < 0.7));
            }
            return votes.Estimate()!;
        }

        Assert.True(Of(people: 1).Variance > 5 * Of(people: 100).Variance);
    }
}
