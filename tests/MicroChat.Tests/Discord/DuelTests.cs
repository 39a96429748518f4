using MicroChat.Chat;
using MicroChat.Chat.Registry;
using MicroChat.Feedback;
using MicroChat.Tests.Program.Trials;

namespace MicroChat.Tests.Discord;

public sealed class DuelTests : IAsyncLifetime
{
    private readonly BotHarness bot = new();
    private readonly TrialHarness town = new(new CanaryOptions { DuelShare = 1 });

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        await bot.DisposeAsync();
        await town.DisposeAsync();
    }

    [Fact]
    public async Task In_a_duel_both_generations_answer_in_drawn_order_without_their_names_and_each_is_recorded()
    {
        town.AddCandidate();
        town.Live.StartCanary(1, byServer: false, duels: true, Why.ByHand);
        bot.Generations = (town.Registry, town.Live);
        await bot.StartAsync();
        var firsts = new HashSet<string>();
        for (int i = 1; i <= 10; i++)
        {
            int messages = 2 * i;
            await bot.SayAsync($"<@{FakePort.Self}> choose {i}");
            await BotHarness.Until(() => bot.Answers.Count == messages && bot.Answers[^1].Buttons.Count == 4);
            Assert.All(bot.Answers, answer => Assert.DoesNotContain("fake@", answer.Content, StringComparison.Ordinal));
            Page<ComparisonRecord> all = await bot.Store.ListComparisonsAsync(null, null, 1, default);
            string[] shown = [.. await Task.WhenAll(all.Items[0].Shown.Select(async id => (await bot.Store.FindExchangeAsync(id, default))!.ModelVersion))];
            Assert.Equal(["fake@0", "fake@1"], shown.Order());
            firsts.Add(shown[0]);
        }
        Assert.Equal(2, firsts.Count);
        Assert.All(bot.Model.Requests, request => Assert.Equal($"{FakePort.Guild}", request.Server));
    }

    [Fact]
    public async Task Why_tells_which_generation_gave_an_answer_and_a_conversation_is_one_for_the_route()
    {
        await bot.StartAsync();
        FakeMessage answer = await bot.AskAsync("first");
        Assert.Contains("fake@7", (await bot.CommandAsync("why")).Content, StringComparison.Ordinal);
        await bot.AskAsync("second", with: BotHarness.ReplyTo(answer));
        ReplyRequest[] requests = [.. bot.Model.Requests];
        Assert.Equal(requests[0].Conversation, requests[1].Conversation);
        Assert.Equal($"{(await bot.ExchangeOfAsync(answer))!.Conversation}", requests[0].Conversation);
        Assert.Null(requests[0].Generation);
    }
}
