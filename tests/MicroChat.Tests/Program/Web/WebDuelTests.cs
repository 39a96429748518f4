using MicroChat.Chat.Registry;
using MicroChat.Feedback;
using MicroChat.Hosting;
using MicroChat.Tests.Program.Trials;
using MicroChat.Web;

namespace MicroChat.Tests.Program.Web;

public sealed class WebDuelTests
{
    [Fact]
    public async Task A_message_of_a_contested_conversation_is_planned_for_both_generations_but_a_retry_and_the_arena_are_not()
    {
        await using var town = new TrialHarness(new CanaryOptions { DuelShare = 1 });
        town.AddCandidate();
        var program = new ProgramContext
        {
            Terminal = new FakeTerminal(), Time = town.Clock, BaseFolder = town.Models, Variable = _ => null, LoadModel = _ => town.Engine, NewSeed = () => 1, DataFolder = town.Models,
        };
        var planner = new ReplyPlanner(town.Store, town.Engine, new Generations(town.Registry, town.Live), program, town.Options);
        Pseudonym visitor = town.Store.PseudonymOf(Platforms.Web, "a");
        Assert.Equal((1, null), await PlanAsync());
        town.Live.StartCanary(1, byServer: false, duels: true, Why.ByHand);
        Assert.Equal((2, new Duel("0", "1")), await PlanAsync());
        Assert.Null(planner.Arena("hello", 2, visitor).Duel);
        ExchangeRecord said = await town.SayAsync(0, "a", null);
        ReplyPlan retry = await planner.PlanAsync(new ChatBody(null, null, null, said.Id, false, null, null), visitor, default);
        Assert.Equal((1, null), (retry.Count, retry.Duel));

        async Task<(int, Duel?)> PlanAsync()
        {
            ReplyPlan plan = await planner.PlanAsync(new ChatBody(null, null, "hello", null, false, null, null), visitor, default);
            return (plan.Count, plan.Duel);
        }
    }

    [Fact]
    public async Task The_page_names_its_conversation_to_the_engine_turn_after_turn()
    {
        await using WebHarness web = await WebHarness.StartAsync();
        HttpClient visitor = web.NewVisitor();
        (Guid conversation, Guid reply) = await WebChatTests.SayAsync(visitor, new { message = "Hi" });
        await WebChatTests.SayAsync(visitor, new { message = "And?", conversation, parent = reply });
        Assert.Equal([$"{conversation}", $"{conversation}"], web.Model.Requests.Select(request => request.Conversation));
    }
}
