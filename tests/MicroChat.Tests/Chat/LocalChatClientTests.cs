using System.Text.Json;
using Microsoft.Extensions.AI;
using MicroChat.Chat;
using MicroChat.Model.Sampling;
using MicroChat.Model.Templates;

namespace MicroChat.Tests.Chat;

public sealed class LocalChatClientTests : IDisposable
{
    private readonly FakeGenerator generator = new();

    public void Dispose() => generator.Dispose();

    [Fact]
    public async Task Pieces_become_updates_with_model_reason_usage_and_the_piece_itself()
    {
        ChatResponse response = await Client().GetResponseAsync("how are you");
        Assert.Equal("echo: how are you", response.Text);
        Assert.Equal(("fake-1", ChatFinishReason.Stop), (response.ModelId, response.FinishReason!.Value));
        Assert.Equal((3, 5, 8), (response.Usage!.InputTokenCount!.Value, response.Usage.OutputTokenCount!.Value, response.Usage.TotalTokenCount!.Value));

        var pieces = new List<ReplyPiece>();
        await foreach (ChatResponseUpdate update in Client().GetStreamingResponseAsync("hi"))
        {
            pieces.Add(Assert.IsType<ReplyPiece>(update.RawRepresentation));
        }
        Assert.Equal([100, 101, 2], pieces.Select(p => p.TokenId!.Value));
    }

    [Fact]
    public async Task A_conversation_without_a_name_goes_by_who_asks_and_how_it_began()
    {
        ChatMessage first = new(ChatRole.User, "hi"), said = new(ChatRole.Assistant, "hello"), then = new(ChatRole.User, "why?");
        ChatOptions Of(string user) => new() { AdditionalProperties = new() { [ReplyOptions.User] = user } };
        await Client().GetResponseAsync([first], Of("a"));
        await Client().GetResponseAsync([first, said, then], Of("a"));
        await Client().GetResponseAsync([first], Of("b"));
        await Client().GetResponseAsync([then], Of("a"));
        ChatOptions named = Of("a");
        named.AdditionalProperties![ReplyOptions.Conversation] = "c";
        named.AdditionalProperties[ReplyOptions.Server] = "s";
        named.AdditionalProperties[ReplyOptions.Generation] = "3";
        await Client().GetResponseAsync([first], named);
        string?[] conversations = [.. generator.Requests.Select(request => request.Conversation)];
        Assert.Equal(conversations[0], conversations[1]);
        Assert.Equal(4, conversations.Distinct().Count());
        Assert.Equal(("c", "s", "3"), (generator.Requests[4].Conversation, generator.Requests[4].Server, generator.Requests[4].Generation));
    }

    [Fact]
    public async Task Instructions_join_the_system_message()
    {
        await Client().GetResponseAsync(
            [new(ChatRole.System, "be kind"), new(ChatRole.User, "hi")], new ChatOptions { Instructions = "be brief" });
        await Client().GetResponseAsync([new(ChatRole.User, "hi")], new ChatOptions { Instructions = "be brief" });
        Assert.Equal(new ChatTurn("system", "be kind\n\nbe brief"), generator.Requests[0].Turns[0]);
        Assert.Equal([new ChatTurn("system", "be brief"), new ChatTurn("user", "hi")], generator.Requests[1].Turns);
    }

    [Fact]
    public async Task Unset_options_leave_the_models_own_settings()
    {
        await Client().GetResponseAsync("hi", new ChatOptions { TopK = 3 });
        SamplingOptions sampling = generator.Requests[0].Sampling;
        Assert.Equal((0.5, 3, 64), (sampling.Temperature, sampling.TopK, sampling.MaxReplyTokens));
    }

    [Fact]
    public void Every_setting_survives_the_way_to_chat_options_and_back()
    {
        var wanted = new SamplingOptions
        {
            Temperature = 0.7, TopP = 0.9, TopK = 40, MinP = 0.05, TypicalP = 0.95, EpsilonCutoff = 0.0003, EtaCutoff = 0.0006,
            RepetitionPenalty = 1.1, FrequencyPenalty = 0.2, PresencePenalty = -0.3, NoRepeatNgram = 4, Seed = 99, MaxReplyTokens = 77,
            Stop = ["\n\n", "END"], SuppressedTokens = [5, 6], LogitBias = new Dictionary<int, double> { [3] = -1.5 },
        };
        SamplingOptions found = SamplingMapping.ToSampling(SamplingMapping.ToChatOptions(wanted), new SamplingOptions());
        Assert.Equal(JsonSerializer.Serialize(wanted), JsonSerializer.Serialize(found));
        Assert.NotEqual(JsonSerializer.Serialize(new SamplingOptions()), JsonSerializer.Serialize(found));
    }

    public static TheoryData<string, ChatOptions> Refused => new()
    {
        { "Tools", new ChatOptions { Tools = [AIFunctionFactory.Create(() => 1, "one")] } },
        { "ResponseFormat", new ChatOptions { ResponseFormat = ChatResponseFormat.Json } },
        { "ConversationId", new ChatOptions { ConversationId = "7" } },
        { "ModelId", new ChatOptions { ModelId = "another" } },
        { "Reasoning", new ChatOptions { Reasoning = new ReasoningOptions() } },
        { "top_a", new ChatOptions { AdditionalProperties = new() { ["top_a"] = 0.1 } } },
        { "min_p", new ChatOptions { AdditionalProperties = new() { ["min_p"] = "much" } } },
        { "no_repeat_ngram_size", new ChatOptions { AdditionalProperties = new() { ["no_repeat_ngram_size"] = 1.5 } } },
        { "Temperature", new ChatOptions { Temperature = -1 } },
        { "TopP", new ChatOptions { TopP = float.NaN } },
        { "MaxReplyTokens", new ChatOptions { MaxOutputTokens = 0 } },
    };

    [Theory]
    [MemberData(nameof(Refused), DisableDiscoveryEnumeration = true)]
    public async Task What_cannot_be_honoured_is_refused_by_name(string name, ChatOptions options)
    {
        ArgumentException e = await Assert.ThrowsAsync<ArgumentException>(() => Client().GetResponseAsync("hi", options));
        Assert.Contains(name, e.Message, StringComparison.Ordinal);
        Assert.Empty(generator.Requests);
    }

    [Fact]
    public async Task Messages_that_the_model_cannot_read_are_refused()
    {
        await Assert.ThrowsAsync<ArgumentException>(() => Client().GetResponseAsync([]));
        await Assert.ThrowsAsync<ArgumentException>(() => Client().GetResponseAsync([new ChatMessage(ChatRole.Assistant, "hi")]));
        await Assert.ThrowsAsync<ArgumentException>(() => Client().GetResponseAsync([new ChatMessage(ChatRole.Tool, "hi")]));
        await Assert.ThrowsAsync<ArgumentException>(() => Client().GetResponseAsync([new ChatMessage(ChatRole.User, [new UriContent("http://x/y.png", "image/png")])]));
    }

    [Fact]
    public void Services_are_handed_out_by_type()
    {
        using LocalChatClient client = Client();
        Assert.Same(generator, client.GetService(typeof(IReplyGenerator)));
        Assert.Equal("fake-1", client.GetService<ChatClientMetadata>()!.DefaultModelId);
        Assert.Null(client.GetService(typeof(string)));
        client.Dispose();
        Assert.False(generator.Disposed);
    }

    private LocalChatClient Client() => new(generator, TimeProvider.System);
}
