using MicroChat.Feedback.Trust;

namespace MicroChat.Tests.Feedback.Trust;

/// <summary>Made-up places: honest people keep their votes, those who vote the wrong way round lose theirs.</summary>
public sealed class TrustSimulationTests(ITestOutputHelper output)
{
    private static readonly TownPlan s_usual = new();

    /// <summary>Places in which nobody means harm, however differently they vote.</summary>
    public static TheoryData<string, int> Honest
    {
        get
        {
            var data = new TheoryData<string, int>();
            foreach (string town in new[] { "usual", "busy", "quiet", "live", "mild", "harsh", "weak", "hurried" })
            {
                for (int seed = 1; seed <= 3; seed++)
                {
                    data.Add(town, seed);
                }
            }
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Honest))]
    public void Honest_members_keep_their_votes(string town, int seed)
    {
        (double honest, _) = Judge(Plan(town), seed);
        Assert.True(honest >= 0.95, $"{honest:P1} of the honest votes count; it must be 95 % or more.");
    }

    [Theory]
    [InlineData("usual", 3, true, 0.1)]
    [InlineData("usual", 15, true, 0.1)]
    [InlineData("usual", 3, false, 0.25)]
    [InlineData("usual", 15, false, 0.25)]
    [InlineData("busy", 15, true, 0.1)]
    [InlineData("busy", 15, false, 0.2)]
    [InlineData("mild", 15, true, 0.1)]
    public void Those_who_vote_the_wrong_way_round_weigh_little_and_honest_members_keep_their_votes(string town, int trolls, bool agree, double most)
    {
        for (int seed = 1; seed <= 3; seed++)
        {
            (double honest, double weight) = Judge(Plan(town) with { Trolls = trolls, TrollsAgree = agree }, seed);
            Assert.True(honest >= 0.95, $"{honest:P1} of the honest votes count; it must be 95 % or more.");
            Assert.True(weight <= most, $"a troll's vote weighs {weight:0.000}; at most {most} was wanted.");
        }
    }

    [Fact]
    public void Without_trust_everybody_weighs_the_same()
    {
        var town = new TrustTown(s_usual with { Trolls = 15, TrollsAgree = true }, 1);
        var judge = new TrustJudge(town.Votes, _ => null, new TrustOptions { JudgeRaters = false }, town.End);
        Assert.All(town.Votes, vote => Assert.Equal(new TrustVerdict(1, null), judge.VerdictOf(vote.Id)));
    }

    private (double Honest, double Trolls) Judge(TownPlan plan, int seed)
    {
        var town = new TrustTown(plan, seed);
        var judge = new TrustJudge(town.Votes, _ => null, new TrustOptions(), town.End);
        (double honest, double trolls) = TrustTown.Shares(judge, town.Votes);
        output.WriteLine($"{plan}: seed {seed}, {town.Votes.Count} votes, honest {honest:P1}, trolls' weight {trolls:0.000}; {string.Join(", ", judge.Report.LeftOut)}");
        return (honest, trolls);
    }

    private static TownPlan Plan(string name) => name switch
    {
        "busy" => s_usual with { Honest = 150, Replies = 600, Voters = 12, Pause = 10 },
        "quiet" => s_usual with { Honest = 30, Replies = 200, Voters = 1.2 },
        "live" => s_usual with { Delay = 25, Pause = 3, Voters = 8 },
        "mild" => s_usual with { Severity = -2.5 },
        "harsh" => s_usual with { Severity = 1.5 },
        "weak" => s_usual with { Slope = 0.5 },
        "hurried" => s_usual with { Delay = 2, Pause = 0.3, Voters = 3 },     // a rehearsal in quick motion
        _ => s_usual,
    };
}
