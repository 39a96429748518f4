using MicroChat.Chat;
using MicroChat.Discord;
using MicroChat.Discord.Answers;
using MicroChat.Discord.Bot;
using MicroChat.Discord.Pacing;
using MicroChat.Discord.Port;
using MicroChat.Discord.Routing;
using MicroChat.Discord.State;
using MicroChat.Discord.Text;
using Microsoft.Extensions.Logging.Abstractions;

namespace MicroChat.Tests.Discord;

/// <summary>Answers to commands move into the channel before their interaction's quarter of an hour is over.</summary>
public sealed class CommandAnswerTests : IAsyncLifetime
{
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(14);

    private readonly BotHarness harness = new();
    private readonly ManualClock clock = new();
    private readonly InteractionHandle handle = new(new Snowflake(42), FakePort.Application, "token");
    private BotState state = null!;
    private CommandAnswer answer = null!;

    private FakePort Port => harness.Port;

    public async ValueTask InitializeAsync()
    {
        state = BotState.Open(Path.Combine(harness.Folder, "discord.db"), clock);
        var bot = new BotContext
        {
            Actions = Port, Client = new LocalChatClient(harness.Model, clock), Generator = harness.Model, Store = harness.Store, State = state, Options = harness.Options,
            Rules = await PlaceRules.LoadAsync(state, harness.Options, new PersonaOptions(), default), Time = clock, Typing = new TypingKeeper(Port, clock), Log = NullLogger.Instance,
            Surroundings = new DiscordBotSurroundings { StatePath = "", NewSeed = () => 1 }, BlockedInput = new WordList([]), BlockedOutput = new WordList([]), ArenaPrompts = [],
        };
        var turn = new TurnRecord(handle.Id, FakePort.Guild, FakePort.Channel, harness.PersonOf(BotHarness.Alice), TurnState.Open, null, clock.Now);
        Assert.True(await state.TakeAsync(turn, default));
        answer = new CommandAnswer(bot, handle, FakePort.Channel, handle.Id);
    }

    public async ValueTask DisposeAsync()
    {
        await state.DisposeAsync();
        await harness.DisposeAsync();
    }

    [Fact]
    public async Task What_was_shown_is_edited_and_what_is_new_sent_in_the_channel()
    {
        await ShowAsync("first");
        Assert.Equal("first", Port.Responses[handle.Id].Content);
        clock.Advance(Long);
        await ShowAsync("first", "second");
        Assert.Equal(["first", "second"], harness.Answers.Select(m => m.Content));
        Assert.Equal("m42.1", harness.Answers[1].Nonce);
        await ShowAsync("changed", "second");
        Assert.Equal(["changed", "second"], harness.Answers.Select(m => m.Content));
        Assert.Equal("first", Port.Responses[handle.Id].Content);            // the interaction was not used any more
        await ShowAsync("changed");
        Assert.Equal(["changed"], harness.Answers.Select(m => m.Content));
        Assert.Equal(harness.Answers.Select(m => m.Id), (await state.FindAsync(handle.Id, default))!.Replies);
    }

    [Fact]
    public async Task An_answer_that_begins_too_late_is_a_message_of_its_own()
    {
        clock.Advance(Long);
        await ShowAsync("late");
        Assert.Equal(("late", "m42.0"), (harness.Answers.Single().Content, harness.Answers.Single().Nonce));
        Assert.False(Port.Responses.ContainsKey(handle.Id));
    }

    private Task ShowAsync(params string[] contents) => answer.ShowAsync(new AnswerView(contents, [], null), default);
}
