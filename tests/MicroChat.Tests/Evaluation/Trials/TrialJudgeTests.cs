using MicroChat.Training.Evaluation;
using MicroChat.Training.Evaluation.Trials;

namespace MicroChat.Tests.Evaluation.Trials;

public sealed class TrialJudgeTests
{
    private static readonly TrialRules s_rules = new(0.05, 0, 30, 5, TimeSpan.FromDays(2), TimeSpan.FromDays(14));

    [Theory]
    [InlineData(0.9, 3, TrialVerdict.Promote, "It is better.")]
    [InlineData(0.9, 1, TrialVerdict.Continue, "promoted when the trial has lasted 2 days")]
    [InlineData(0.3, 0, TrialVerdict.RollBack, "It is worse.")]
    [InlineData(0.6, 3, TrialVerdict.Continue, "Nothing is proved yet.")]
    [InlineData(0.6, 15, TrialVerdict.Expire, "lasted 15 days and proved nothing")]
    public void Votes_decide_in_words_and_numbers(double canaryRate, int days, TrialVerdict verdict, string words)
    {
        TrialJudgement judgement = TrialJudge.Judge(Figures(canaryRate, 400, days), s_rules);
        Assert.Equal((verdict, false), (judgement.Verdict, judgement.ByGuardrail));
        Assert.Contains(words, judgement.Words, StringComparison.Ordinal);
        Assert.Equal(canaryRate, judgement.Figures["canary_up_rate"], tolerance: 0.01);
        Assert.Equal((judgement.Figures["difference_low"], judgement.Figures["difference_high"]), (judgement.Interval!.Value.Low, judgement.Interval.Value.High));
    }

    [Fact]
    public void Few_votes_and_few_people_are_no_verdict()
    {
        Assert.Contains("needs 30 votes of 5 people", TrialJudge.Judge(Figures(0.0, 29, days: 1), s_rules).Words, StringComparison.Ordinal);
        Assert.Equal(TrialVerdict.Continue, TrialJudge.Judge(Figures(0.0, 200, days: 1, people: 4), s_rules).Verdict);
        Assert.Equal(TrialVerdict.Expire, TrialJudge.Judge(Figures(0.0, 0, days: 14), s_rules).Verdict);
    }

    [Fact]
    public void An_accepted_loss_promotes_what_is_no_worse_than_that()
    {
        TrialFigures equal = Figures(0.6, 4_000, days: 3);
        Assert.Equal(TrialVerdict.Continue, TrialJudge.Judge(equal, s_rules).Verdict);
        Assert.Equal(TrialVerdict.Promote, TrialJudge.Judge(equal, s_rules with { AcceptedLoss = 0.1 }).Verdict);
    }

    [Theory]
    [InlineData(40, 8, TrialVerdict.Promote)]
    [InlineData(8, 40, TrialVerdict.RollBack)]
    [InlineData(24, 24, TrialVerdict.Continue)]
    [InlineData(20, 2, TrialVerdict.Continue)]
    public void Duels_decide_where_both_answer(int wins, int losses, TrialVerdict verdict)
    {
        TrialFigures trial = Figures(0.6, 0, days: 3) with { Duels = new WinRate(wins, 5, losses), DuelPersons = 9 };
        TrialJudgement judgement = TrialJudge.Judge(trial, s_rules);
        Assert.Equal(verdict, judgement.Verdict);
        Assert.Contains($"{wins} duels won, {losses} lost and 5 tied with 9 people", judgement.Words, StringComparison.Ordinal);
    }

    [Fact]
    public void A_guardrail_rolls_back_whatever_the_votes_say()
    {
        TrialFigures loved = Figures(0.9, 400, days: 3);
        UnwantedRate Rate(int canary) => new("repeat_rate", "were asked for again", new Proportion(canary, 400), new Proportion(80, 4_000));
        Assert.Equal(TrialVerdict.Promote, TrialJudge.Judge(loved with { Unwanted = [Rate(10)] }, s_rules).Verdict);
        TrialJudgement judgement = TrialJudge.Judge(loved with { Unwanted = [Rate(60)] }, s_rules);
        Assert.Equal((TrialVerdict.RollBack, true), (judgement.Verdict, judgement.ByGuardrail));
        Assert.Contains("15 % were asked for again (60 of 400)", judgement.Words, StringComparison.Ordinal);
        TrialFigures slow = loved with { CanaryPace = new ReplyPaceFigure(0.2, 50), LivePace = new ReplyPaceFigure(0.1, 500) };
        Assert.Contains("takes 2 times as long", TrialJudge.Judge(slow, s_rules).Words, StringComparison.Ordinal);
    }

    [Fact]
    public void Guardrails_trip_in_few_trials_of_an_equal_generation_however_often_they_are_looked_at()
    {
        int tripped = 0;
        const int Runs = 200;
        TrialFigures figures = Figures(0.6, 0, days: 1);
        for (int seed = 0; seed < Runs; seed++)
        {
            var random = new Random(seed);
            int canary = 0, live = 0;
            for (int n = 1; n <= 500; n++)
            {
                canary += random.NextDouble() < 0.05 ? 1 : 0;
                live += Enumerable.Range(0, 19).Count(_ => random.NextDouble() < 0.05);
                TrialFigures trial = figures with { Unwanted = [new UnwantedRate("x", "x", new Proportion(canary, n), new Proportion(live, 19 * n))] };
                if (TrialJudge.Judge(trial, s_rules).ByGuardrail)
                {
                    tripped++;
                    break;
                }
            }
        }
        Assert.InRange(tripped / (double)Runs, 0, 0.02);
    }

    private static TrialFigures Figures(double canaryRate, int canaryVotes, int days, int people = 40)
    {
        var votes = new AdjustedDifference();
        for (int i = 0; i < 8_000; i++)
        {
            votes.Add(new TrialVote($"{i % 400}", Canary: false, 200, Up: i / 400 % 10 < 6));
        }
        for (int i = 0; i < canaryVotes; i++)
        {
            votes.Add(new TrialVote($"{i % people}", Canary: true, 200, Up: i * 7 % 100 < 100 * canaryRate));
        }
        return new TrialFigures { Canary = 8, Live = 7, Elapsed = TimeSpan.FromDays(days), Votes = votes };
    }
}
