using MicroChat.Chat.Registry;

namespace MicroChat.Tests.Chat.Registry;

public sealed class TrialRouteTests
{
    [Fact]
    public void A_share_of_the_conversations_is_taken_and_always_the_same()
    {
        var route = new TrialRoute(generation: 3, share: 0.05, mostExposed: 1, byServer: false);
        bool[] first = [.. Enumerable.Range(0, 20_000).Select(i => route.Takes($"conversation {i}", null))];
        Assert.InRange(first.Count(taken => taken), 900, 1_100);
        Assert.Equal(first, Enumerable.Range(0, 20_000).Select(i => route.Takes($"conversation {i}", "whatever")));
        Assert.Equal((20_000, first.Count(taken => taken)), (route.Conversations, route.Exposed));
    }

    [Fact]
    public void Another_generation_draws_another_share_and_a_greater_share_keeps_the_smaller_one()
    {
        bool[] Taken(int generation, double share)
        {
            var route = new TrialRoute(generation, share, mostExposed: 1, byServer: false);
            return [.. Enumerable.Range(0, 5_000).Select(i => route.Takes($"{i}", null))];
        }

        bool[] small = Taken(3, 0.05), great = Taken(3, 0.1), other = Taken(4, 0.05);
        Assert.All(small.Zip(great), pair => Assert.True(!pair.First || pair.Second));
        Assert.InRange(small.Zip(other).Count(pair => pair.First && pair.Second), 0, 40);
    }

    [Fact]
    public void The_conversations_of_a_server_stay_together()
    {
        var route = new TrialRoute(generation: 1, share: 0.3, mostExposed: 1, byServer: true);
        bool[] servers = [.. Enumerable.Range(0, 100).Select(server => route.Takes($"{server} a", $"{server}"))];
        Assert.InRange(servers.Count(taken => taken), 15, 45);
        Assert.Equal(servers, Enumerable.Range(0, 100).Select(server => route.Takes($"{server} b", $"{server}")));
        Assert.InRange(Enumerable.Range(0, 1_000).Count(i => route.Takes($"direct {i}", "")), 230, 370);
    }

    [Fact]
    public void However_large_a_drawn_server_is_the_trial_never_gets_more_than_its_most()
    {
        var one = Enumerable.Range(0, 50).Select(generation => new TrialRoute(generation, share: 0.5, mostExposed: 0.08, byServer: true)).First(route => route.Takes("first", "large"));
        for (int i = 0; i < 5_000; i++)
        {
            one.Takes($"{i}", "large");
            Assert.True(one.Exposed <= Math.Max(1, 0.08 * one.Conversations), $"{one.Exposed} of {one.Conversations}");
        }
        Assert.InRange(one.Exposed, 390, 401);
        Assert.True(one.Takes("first", "large"));
    }

    [Fact]
    public void What_happened_before_a_restart_goes_on_as_it_was()
    {
        var route = new TrialRoute(generation: 1, share: 0.05, mostExposed: 1, byServer: false);
        bool drawn = new TrialRoute(1, 0.05, 1, byServer: false).Takes("a", null);
        route.Remember("a", !drawn);
        Assert.Equal(!drawn, route.Takes("a", null));
    }

    [Theory]
    [InlineData(0, false)]
    [InlineData(1, true)]
    public void A_share_of_nothing_and_of_all(double share, bool taken) =>
        Assert.All(Enumerable.Range(0, 200), i => Assert.Equal(taken, new TrialRoute(1, share, 1, byServer: false).Takes($"{i}", null)));
}
