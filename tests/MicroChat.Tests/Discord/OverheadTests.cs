using System.Text;
using System.Text.Json;
using MicroChat.Discord.Client;
using MicroChat.Discord.Client.Json;
using MicroChat.Discord.Port;
using MicroChat.Feedback;

namespace MicroChat.Tests.Discord;

/// <summary>The short form of <c>MicroChat.Benchmarks discord overhead</c>, which measures processor time: here what is done and allocated for messages that are for others is counted.</summary>
public sealed class OverheadTests : IAsyncLifetime
{
    private const int Messages = 2_000;

    private readonly BotHarness bot = new();

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => bot.DisposeAsync();

    [Fact]
    public async Task Messages_for_others_cost_no_request_no_row_and_little_memory()
    {
        await bot.StartAsync();
        await bot.AskAsync("hello");
        await Task.Delay(200);
        int before = bot.Port.Log.Count;
        DiscordMessage[] others = [.. Enumerable.Range(0, Messages).Select(i => bot.Message($"We talk about something else, part {i}.", i % 2 == 0 ? BotHarness.Alice : BotHarness.Bob))];
        await HearAsync(others[..100]);
        long allocated = GC.GetAllocatedBytesForCurrentThread();
        Task heard = HearAsync(others);
        Assert.True(heard.IsCompleted, "Something was waited for.");
        long each = (GC.GetAllocatedBytesForCurrentThread() - allocated) / Messages;
        Assert.InRange(each, 0, 4_000);
        await Task.Delay(300);
        Assert.Equal(before, bot.Port.Log.Count);
        Assert.Single((await bot.Store.FindAsync(new FeedbackQuery(), default)).Items);
        Assert.Single(bot.Model.Requests);
    }

    [Fact]
    public void Reading_a_message_allocates_little()
    {
        var directory = new GuildDirectory(TimeProvider.System);
        var messages = new MessageReader(directory, contentIntent: true);
        var events = new EventReader(directory, messages, new InteractionReader(directory, messages));
        byte[] frame = Encoding.UTF8.GetBytes(Wire.Message());
        Read();
        long allocated = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100; i++)
        {
            Read();
        }
        Assert.InRange((GC.GetAllocatedBytesForCurrentThread() - allocated) / 100, 0, 16_000);

        void Read()
        {
            using JsonDocument json = JsonDocument.Parse(frame);
            Assert.IsType<MessageCreated>(events.Read("MESSAGE_CREATE", json.RootElement, 0, 1));
        }
    }

    private async Task HearAsync(IEnumerable<DiscordMessage> messages)
    {
        foreach (DiscordMessage message in messages)
        {
            await bot.Port.EmitAsync(new MessageCreated(message));
        }
    }
}
